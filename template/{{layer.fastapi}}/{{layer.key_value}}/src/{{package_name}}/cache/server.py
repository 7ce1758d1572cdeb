"""The cache server, spoken to in the Redis protocol."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import override

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from ..config.stores import StoreSettings
from ..key_value_cluster import refuse_several
from ..key_value_facts import read_facts
from ..key_value_faults import RefusedError
from ..key_value_pool import FailoverConnection, check_writable, open_pool
from .store import MAX_COMMANDS, Store, Unwritable

NAMESPACE = __name__.partition(".")[0]  # several services may share a server
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
        self.timeout = timeout
        self.server = ""
        size = MAX_COMMANDS + 1  # one for a ping
        self._pool = open_pool(url, size=size, timeout=timeout, retries=0, greet=self._greet)
        self._client: Redis = Redis.from_pool(self._pool)

    @override
    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        # Without the client's pipeline, which costs half as much again as all the rest.
        commands = [("SET", PROBE, b"", "XX"), *(("GET", key) for key in keys)]
        connection = await self._pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.send_packed_command(connection.pack_commands(commands))
            try:
                await connection.read_response()
            except (RefusedError, ResponseError) as error:
                raise Unwritable(f"{error.status_code or ''} {error}".strip()) from error
            return [await connection.read_response() for _ in keys]
        except BaseException:
            await connection.disconnect(nowait=True)  # there may be answers that nobody has read
            raise
        finally:
            await self._pool.release(connection)

    @override
    async def set_many(self, values: Mapping[str, bytes], ttl: float) -> None:
        async with self._client.pipeline(transaction=False) as pipeline:
            for key, value in values.items():
                pipeline.set(key, value, px=_milliseconds(ttl))
            await pipeline.execute()

    @override
    async def add(self, key: str, value: bytes, ttl: float) -> bool:
        return bool(await self._client.set(key, value, px=_milliseconds(ttl), nx=True))

    @override
    async def delete_many(self, keys: Sequence[str]) -> None:
        async with self._client.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.delete(key)
            await pipeline.execute()

    @override
    async def ping(self) -> None:
        await check_writable(self._client, PROBE)

    @override
    async def close(self) -> None:
        await self._client.aclose()

    async def _greet(self, connection: FailoverConnection) -> None:
        """Find out which server this is.

        Raises:
            SeveralShardsError: it has a part of the keys only.
        """
        with suppress(ResponseError):  # it is in no cluster
            refuse_several(await _ask(connection, "CLUSTER", "INFO"))
        server = ""
        with suppress(ResponseError):  # not for this user: a failover may go unnoticed
            server = (await _ask(connection, "INFO", "server")).get("run_id", "")
        if self.server not in ("", server):
            connection.replace_others()
        self.server = server


async def _ask(connection: FailoverConnection, *command: str) -> dict[str, str]:
    await connection.send_command(*command)
    return read_facts(await connection.read_response())


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))
