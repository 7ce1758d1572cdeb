"""Where hits are counted: in the cache's server, or in the process while none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limits.aio.storage import RedisStorage, Storage

from .key_value_pool import open_pool
from .rate_limit_process import ProcessCounters

if TYPE_CHECKING:
    from .config.stores import StoreSettings

MAX_CONNECTIONS = 8  # per process; more hits at once wait for one


def open_storage(settings: StoreSettings) -> Storage:
    """Return the counters, not yet connected."""
    if not settings.cache_url:
        return ProcessCounters()
    return _ServerStorage(settings.cache_url, settings.cache_timeout)


def time_limit(settings: StoreSettings) -> float:
    """Return how long one hit may take, connecting included (seconds)."""
    return 2 * settings.cache_timeout


async def close_storage(storage: Storage) -> None:
    """Close what `open_storage` returned."""
    if isinstance(storage, _ServerStorage):
        await storage.pool.aclose()


class _ServerStorage(RedisStorage):
    """Counters on connections that try once: the rate limiter decides what a failure means."""

    def __init__(self, url: str, timeout: float) -> None:
        self.pool = open_pool(url, size=MAX_CONNECTIONS, timeout=timeout, retries=0)
        options: dict[str, Any] = {"connection_pool": self.pool}
        super().__init__("redis://", implementation="redispy", **options)
