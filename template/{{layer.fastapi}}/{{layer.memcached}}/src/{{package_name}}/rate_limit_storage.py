"""Where hits are counted: in the cache's server, or in the process while none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from limits.aio.storage import MemcachedStorage, Storage
from limits.aio.storage.memcached.memcachio import MemcachioBridge

from .rate_limit_process import ProcessCounters

if TYPE_CHECKING:
    from .config.stores import StoreSettings

DEFAULT_PORT = 11211
MAX_CONNECTIONS = 8  # per process; more hits at once share or wait for one


def open_storage(settings: StoreSettings) -> Storage:
    """Return the counters, not yet connected."""
    if not settings.cache_url:
        return ProcessCounters()
    url = urlsplit(settings.cache_url)
    return MemcachedStorage(
        f"memcached://{url.hostname or '127.0.0.1'}:{url.port or DEFAULT_PORT}",
        max_connections=MAX_CONNECTIONS,
        # Longer than a connection may take to fail: else the pool loses its place for good.
        blocking_timeout=settings.cache_timeout + 0.1,
        connect_timeout=settings.cache_timeout,
        read_timeout=settings.cache_timeout,
        socket_nodelay=True,
    )


def time_limit(settings: StoreSettings) -> float:
    """Return how long one hit may take, connecting included (seconds)."""
    return 2 * settings.cache_timeout


async def close_storage(storage: Storage) -> None:
    """Close what `open_storage` returned."""
    if isinstance(storage, MemcachedStorage) and isinstance(storage.bridge, MemcachioBridge):
        client = await storage.bridge.get_storage()
        client.connection_pool.close()
