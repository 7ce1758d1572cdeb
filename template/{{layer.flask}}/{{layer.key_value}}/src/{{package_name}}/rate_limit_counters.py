"""Where hits are counted: in the cache's server, or in the process while none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .key_value_pool import open_pool
from .rate_limit_shared import URI
from .rate_limit_storage import IN_PROCESS, Counters

if TYPE_CHECKING:
    from .config.stores import StoreSettings

MAX_CONNECTIONS = 8  # per process; more hits at once wait for one


def open_counters(settings: StoreSettings) -> Counters:
    """Return the counters."""
    if not settings.cache_url:
        return IN_PROCESS
    # Tried once: the shared counters decide what a failure means.
    pool = open_pool(
        settings.cache_url, size=MAX_CONNECTIONS, timeout=settings.cache_timeout, retries=0
    )
    options = {"server": settings.cache_url, "connection_pool": pool}
    return Counters(URI, options, pool.close)
