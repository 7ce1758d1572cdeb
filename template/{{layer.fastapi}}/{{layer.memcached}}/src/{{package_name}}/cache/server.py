"""The cache server: memcached, on one pipelined connection."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import override
from urllib.parse import urlsplit

from memcachio import MemcachedItem, TCPConnection
from memcachio.commands import (
    AddCommand,
    Command,
    DeleteCommand,
    GetCommand,
    SetCommand,
)
from memcachio.errors import MemcachedError, NotEnoughData, ServerError
from memcachio.types import SingleMemcachedInstanceEndpoint

from ..config.stores import StoreSettings
from .store import Store

NAMESPACE = __name__.partition(".")[0]  # several services may share a server
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
    """A store on a single connection, which carries the commands of all callers at once.

    The library's connection is used without its pool, which loses a place whenever a caller is
    cancelled or times out while it connects.

    Reads do not ask whether the server takes writes: it has no replicas, and one that has no memory
    left still removes keys.
    """

    def __init__(self, host: str, port: int, timeout: float) -> None:
        """Take the server's address and how many seconds a command, or connecting, may take."""
        self.timeout = timeout
        self.server = ""
        self._address = (host, port)
        self._connection = self._new_connection()

    @override
    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        (found,) = await self._run([_Get(*keys)])
        items = [found.get(key.encode()) for key in keys]
        return [item.value if item else None for item in items]

    @override
    async def set_many(self, values: Mapping[str, bytes], ttl: float) -> None:
        try:
            await self._run(
                SetCommand(key, value, expiry=_whole_seconds(ttl))
                for key, value in values.items()
                if len(value) <= MAX_VALUE
            )
        except ServerError as error:
            if TOO_LARGE not in str(error):
                raise

    @override
    async def add(self, key: str, value: bytes, ttl: float) -> bool:
        (added,) = await self._run([AddCommand(key, value, expiry=_whole_seconds(ttl))])
        return added

    @override
    async def delete_many(self, keys: Sequence[str]) -> None:
        await self._run(DeleteCommand(key) for key in keys)

    @override
    async def ping(self) -> None:
        await self._run([SetCommand(PROBE, b"", expiry=1)])

    @override
    async def close(self) -> None:
        self._connection.close()

    async def _run[R](self, commands: Iterable[Command[R]]) -> list[R]:
        """Send the commands together and return their results in order."""
        connection = self._connection
        try:
            await connection.connect()  # at once, while it is connected
            responses = []
            for command in commands:
                connection.create_request(command)
                responses.append(command.response)
            return await asyncio.gather(*responses)
        except MemcachedError:
            raise  # the server's answer: the connection is in order
        except BaseException:
            # Failed or timed out: what it still brings is of no use, so the next caller connects.
            connection.close()
            if self._connection is connection:
                self._connection = self._new_connection()
            raise

    def _new_connection(self) -> TCPConnection:
        # Without "nodelay" a command waits for the acknowledgement of the one before.
        return TCPConnection(
            self._address,
            connect_timeout=self.timeout,
            read_timeout=self.timeout,
            socket_nodelay=True,
        )


class _Get(GetCommand[bytes]):
    """The library's command, read as a whole.

    Its own parser loses its place when the network splits an answer between a value and the line
    end after it.
    """

    def parse(
        self, data: BytesIO, endpoint: SingleMemcachedInstanceEndpoint
    ) -> dict[bytes, MemcachedItem[bytes]]:
        start = data.tell()
        items: dict[bytes, MemcachedItem[bytes]] = {}
        while (header := data.readline()).endswith(b"\r\n"):
            if header == b"END\r\n":
                return items
            self._check_header(header)
            _, key, flags, size = header.split()
            value = data.read(int(size) + 2)
            if len(value) < int(size) + 2:
                break
            items[key] = MemcachedItem(key, int(flags), int(size), None, value[:-2])
        raise NotEnoughData(data.tell() - start)


def _whole_seconds(ttl: float) -> int:
    return min(MAX_TTL, max(1, math.ceil(ttl)))
