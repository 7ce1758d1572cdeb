"""Where hits are counted: in the cache's server, or in the process while none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pymemcache import PooledClient  # type: ignore[import-untyped]

from .rate_limit_shared import URI
from .rate_limit_storage import IN_PROCESS, Counters

if TYPE_CHECKING:
    from .config import Settings

DEFAULT_PORT = 11211


def open_counters(settings: Settings) -> Counters:
    """Return the counters."""
    if not settings.cache_url:
        return IN_PROCESS
    url = urlsplit(settings.cache_url)
    client = PooledClient(
        (url.hostname or "127.0.0.1", url.port or DEFAULT_PORT),
        connect_timeout=settings.cache_timeout,
        timeout=settings.cache_timeout,
        no_delay=True,
        max_pool_size=settings.web_threads,  # it raises when it has none left
    )
    # One client for all threads: the library would make each its own.
    options = {"server": settings.cache_url, "client_getter": lambda *_: client}
    return Counters(URI, options, client.close)
