"""The cache server, spoken to in the Redis protocol."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import override

from redis import Redis
from redis.exceptions import ResponseError

from ..config.stores import StoreSettings
from ..key_value_cluster import refuse_several
from ..key_value_facts import read_facts
from ..key_value_faults import RefusedError
from ..key_value_pool import FailoverConnection, check_writable, open_pool
from .namespace import NAMESPACE
from .store import MAX_COMMANDS, Store, Unwritable

PROBE = f"{NAMESPACE}:probe"  # never exists


def open_store(settings: StoreSettings) -> Store | None:
    """Return the store behind CACHE_URL, not yet connected; None without a URL."""
    if not settings.cache_url:
        return None
    return KeyValueStore(settings.cache_url, settings.cache_timeout)


class KeyValueStore(Store):
    """A store that tries each command once: the guard in front decides what a failure means.

    Each command has one key, as a server in cluster mode demands.
    """

    def __init__(self, url: str, timeout: float) -> None:
        """Take the URL and how many seconds a command, or connecting, may take."""
        self.server = ""
        size = MAX_COMMANDS + 1  # one for a ping
        self._pool = open_pool(url, size=size, timeout=timeout, retries=0, greet=self._greet)
        self._client: Redis = Redis.from_pool(self._pool)

    @override
    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        # Without the client's pipeline, which costs half as much again as all the rest.
        commands = [("SET", PROBE, b"", "XX"), *(("GET", key) for key in keys)]
        connection = self._pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            connection.send_packed_command(connection.pack_commands(commands))
            try:
                connection.read_response()
            except (RefusedError, ResponseError) as error:
                raise Unwritable(f"{error.status_code or ''} {error}".strip()) from error
            return [connection.read_response() for _ in keys]
        except BaseException:
            connection.disconnect()  # there may be answers that nobody has read
            raise
        finally:
            self._pool.release(connection)  # type: ignore[no-untyped-call]

    @override
    def set_many(self, values: Mapping[str, bytes], ttl: float) -> None:
        with self._client.pipeline(transaction=False) as pipeline:
            for key, value in values.items():
                pipeline.set(key, value, px=_milliseconds(ttl))
            pipeline.execute()

    @override
    def add(self, key: str, value: bytes, ttl: float) -> bool:
        return bool(self._client.set(key, value, px=_milliseconds(ttl), nx=True))

    @override
    def delete_many(self, keys: Sequence[str]) -> None:
        with self._client.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.delete(key)
            pipeline.execute()

    @override
    def ping(self) -> None:
        check_writable(self._client, PROBE)

    @override
    def close(self) -> None:
        self._client.close()

    def _greet(self, connection: FailoverConnection) -> None:
        """Find out which server this is.

        Raises:
            SeveralShardsError: it has a part of the keys only.
        """
        with suppress(ResponseError):  # it is in no cluster
            refuse_several(_ask(connection, "CLUSTER", "INFO"))
        server = ""
        with suppress(ResponseError):  # not for this user: a failover may go unnoticed
            server = _ask(connection, "INFO", "server").get("run_id", "")
        if self.server not in ("", server):
            connection.replace_others()
        self.server = server


def _ask(connection: FailoverConnection, *command: str) -> dict[str, str]:
    connection.send_command(*command)  # type: ignore[no-untyped-call]
    return read_facts(connection.read_response())


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))
