"""The cache server: memcached, on a pool of connections."""

from __future__ import annotations

import math
import select
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any, override
from urllib.parse import urlsplit

from pymemcache import Client  # type: ignore[import-untyped]
from pymemcache.exceptions import MemcacheServerError  # type: ignore[import-untyped]
from pymemcache.pool import ObjectPool  # type: ignore[import-untyped]

from ..config.stores import StoreSettings
from .namespace import NAMESPACE
from .store import Store

DEFAULT_PORT = 11211
MAX_VALUE = 1024 * 1024 - 1024  # bytes; the server's limit for an item, less its own share
MAX_TTL = 30 * 86400  # seconds; the server takes a larger number for a date
TOO_LARGE = "too large"  # in the error of a server with a smaller limit
PROBE = f"{NAMESPACE}:probe"


def open_store(settings: StoreSettings) -> Store | None:
    """Return the store behind CACHE_URL, not yet connected; None without a URL."""
    if not settings.cache_url:
        return None
    url = urlsplit(settings.cache_url)
    host, port = url.hostname or "127.0.0.1", url.port or DEFAULT_PORT
    return MemcachedStore(host, port, settings.cache_timeout)


class MemcachedStore(Store):
    """A store that tries each command once: the guard in front decides what a failure means.

    Reads do not ask whether the server takes writes: it has no replicas, and one that has no memory
    left still removes keys.
    """

    def __init__(self, host: str, port: int, timeout: float) -> None:
        """Take the server's address and how many seconds a command, or connecting, may take."""
        self.server = ""
        self._address = (host, port)
        self._timeout = timeout
        self._pool = ObjectPool(
            lambda: Client(self._address, default_noreply=False),  # else errors go unnoticed
            after_remove=Client.close,
        )

    @override
    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        found = self._run(lambda client: client.get_many(keys))
        return [found.get(key) for key in keys]

    @override
    def set_many(self, values: Mapping[str, bytes], ttl: float) -> None:
        fitting = {key: value for key, value in values.items() if len(value) <= MAX_VALUE}
        try:
            self._run(lambda client: client.set_many(fitting, expire=_whole_seconds(ttl)))
        except MemcacheServerError as error:
            if TOO_LARGE not in str(error):
                raise

    @override
    def add(self, key: str, value: bytes, ttl: float) -> bool:
        return bool(self._run(lambda client: client.add(key, value, expire=_whole_seconds(ttl))))

    @override
    def delete_many(self, keys: Sequence[str]) -> None:
        self._run(lambda client: client.delete_many(keys))

    @override
    def ping(self) -> None:
        self._run(lambda client: client.set(PROBE, b"", expire=1))

    @override
    def close(self) -> None:
        self._pool.clear()

    def _run(self, command: Callable[[Client], Any]) -> Any:
        """Run a command on a connection of its own, which is given up should it fail."""
        with self._pool.get_and_release(destroy_on_fail=True) as client:
            if client.sock is not None and _has_ended(client.sock):
                client.close()
            if client.sock is None:
                client.sock = self._connect()
            return command(client)

    def _connect(self) -> socket.socket:
        # The library would try the first address of a name only: "localhost" is often two.
        connection = socket.create_connection(self._address, self._timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _has_ended(connection: socket.socket) -> bool:
    """Tell whether the server has closed the connection, or said what nobody asked for."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def _whole_seconds(ttl: float) -> int:
    return min(MAX_TTL, max(1, math.ceil(ttl)))
