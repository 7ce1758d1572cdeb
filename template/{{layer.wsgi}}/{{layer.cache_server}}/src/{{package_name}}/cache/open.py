"""Which cache the service has."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from .cache import Cache
from .namespace import NAMESPACE
from .server import open_store
from .shared_cache import SharedCache

if TYPE_CHECKING:
    from ..config import Settings


def open_cache(settings: Settings, background: Callable[[], AbstractContextManager[Any]]) -> Cache:
    """Return the cache, not yet connected: one of this process alone where no server is named.

    Args:
        settings: say which server.
        background: makes what surrounds a computation in a thread of the cache (`SharedCache`).
    """
    store = open_store(settings)
    if store is None:
        return Cache(staleness=settings.cache_staleness)
    return SharedCache(
        store,
        namespace=NAMESPACE,
        staleness=settings.cache_staleness,
        background=background,
    )
