"""The cache server, spoken to in the Redis protocol."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import cast, override

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ..config.stores import StoreSettings
from .store import MAX_COMMANDS, Store

NAMESPACE = __name__.partition(".")[0]  # several services may share a server


def open_store(settings: StoreSettings) -> Store | None:
    """Return the store behind CACHE_URL, not yet connected; None without a URL."""
    if not settings.cache_url:
        return None
    return KeyValueStore(settings.cache_url, settings.cache_timeout)


class KeyValueStore(Store):
    """A store that tries each command once: the guard in front decides what a failure means."""

    def __init__(self, url: str, timeout: float) -> None:
        """Take the URL and how many seconds a command, or connecting, may take."""
        self.timeout = timeout
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MAX_COMMANDS + 1,  # and one for a ping
            timeout=timeout,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),  # by default the client goes on for seconds
            health_check_interval=0,  # no extra round trips; a broken connection is replaced
            protocol=2,  # no push messages: the server cannot change these timeouts
            driver_info=None,  # no round trips to introduce the client
        )
        self._client: Redis = Redis.from_pool(pool)

    @override
    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return cast("list[bytes | None]", await self._client.mget(keys))

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
    async def delete(self, key: str) -> None:
        await self._client.delete(key)

    @override
    async def ping(self) -> None:
        await self._client.ping()

    @override
    async def close(self) -> None:
        await self._client.aclose()


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))
