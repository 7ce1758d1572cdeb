"""Where hits are counted: in the cache's server, or in the process while none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis import BlockingConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry

from .rate_limit_storage import IN_PROCESS, Counters

if TYPE_CHECKING:
    from .config.stores import StoreSettings

MAX_CONNECTIONS = 8  # per process; more hits at once wait for one


def open_counters(settings: StoreSettings) -> Counters:
    """Return the counters."""
    if not settings.cache_url:
        return IN_PROCESS
    timeout = settings.cache_timeout
    # Connections that try once: the rate limiter decides what a failure means.
    pool = BlockingConnectionPool.from_url(
        settings.cache_url,
        max_connections=MAX_CONNECTIONS,
        timeout=timeout,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
        protocol=2,
        driver_info=None,
    )
    return Counters(settings.cache_url, {"connection_pool": pool}, pool.close)
