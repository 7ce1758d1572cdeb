"""Which cache the service has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cache import Cache
from .server import NAMESPACE, open_store
from .shared_cache import SharedCache

if TYPE_CHECKING:
    from ..config import Settings


def open_cache(settings: Settings) -> Cache:
    """Return the cache, not yet connected: one of this process alone where no server is named."""
    store = open_store(settings)
    if store is None:
        return Cache(staleness=settings.cache_staleness)
    return SharedCache(store, namespace=NAMESPACE, staleness=settings.cache_staleness)
