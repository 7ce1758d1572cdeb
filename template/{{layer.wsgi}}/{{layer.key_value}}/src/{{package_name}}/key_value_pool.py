"""Connections to a key-value server that find the new primary after a failover."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, override

from redis import BlockingConnectionPool, Connection, Redis, SSLConnection
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from .key_value_faults import Age

# What to ask on a new connection, before its first command.
type Greet = Callable[[FailoverConnection], None]


class FailoverConnection(Connection):
    """A connection that is given up when its server refuses to work (`key_value_faults`)."""

    def __init__(self, *arguments: Any, greet: Greet | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)  # type: ignore[no-untyped-call]
        self._age = Age(self.host, self.port)
        self._greet = greet

    @override
    def connect_check_health(self, *arguments: Any, **options: Any) -> None:
        """Connect, if there is no connection or it was given up."""
        if self.is_connected and self._age.is_over():
            self.disconnect()  # type: ignore[no-untyped-call]
        if self.is_connected:
            return
        self._age.begin()
        super().connect_check_health(*arguments, **options)
        if self._greet is not None:
            try:
                self._greet(self)
            except BaseException:
                self.disconnect()  # type: ignore[no-untyped-call]
                raise

    def replace_others(self) -> None:
        """Give up all older connections to the address: this one found another server there."""
        self._age.replace()

    @override
    def read_response(self, *arguments: Any, **options: Any) -> Any:
        """Return the server's answer.

        Raises:
            RefusedError: the server refuses, and the connection has to be made again.
        """
        try:
            return super().read_response(*arguments, **options)
        except RedisError as error:
            raise self._age.judge(error) from None


class FailoverSSLConnection(FailoverConnection, SSLConnection):
    """The same, encrypted."""


class FailoverPool(BlockingConnectionPool):
    """A pool of such connections."""

    def __init__(self, connection_class: type[Connection] = Connection, **options: Any) -> None:
        encrypted = issubclass(connection_class, SSLConnection)
        kind = FailoverSSLConnection if encrypted else FailoverConnection
        super().__init__(connection_class=kind, **options)  # type: ignore[no-untyped-call]


def open_pool(url: str, *, size: int, timeout: float, retries: int, **options: Any) -> FailoverPool:
    """Return a pool, not yet connected.

    Args:
        url: the server's address.
        size: how many connections there may be; a command waits for one.
        timeout: seconds for one command, for connecting, and for a free connection.
        retries: how often a command is repeated, at once, on a new connection.
        options: for each connection, such as ``greet``.
    """
    return FailoverPool.from_url(
        url,
        max_connections=size,
        timeout=timeout,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), retries),  # by default the client goes on for seconds
        health_check_interval=0,  # no extra round trips; a broken connection is replaced
        protocol=2,  # no push messages: the server cannot change these timeouts
        driver_info=None,  # no round trips to introduce the client
        **options,
    )


def check_writable(client: Redis, key: str) -> None:
    """Return if the server takes writes; changes nothing.

    Args:
        client: the client to ask with.
        key: one that does not exist. Setting it only if it exists is refused as a write would be.

    Raises:
        RedisError: what keeps the server from writing, such as READONLY, OOM or LOADING.
    """
    client.set(key, b"", xx=True)
