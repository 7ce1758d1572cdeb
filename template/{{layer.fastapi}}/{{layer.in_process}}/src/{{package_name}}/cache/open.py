"""Which cache the service has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cache import Cache

if TYPE_CHECKING:
    from ..config import Settings


def open_cache(settings: Settings) -> Cache:
    """Return the cache of this process."""
    return Cache(staleness=settings.cache_staleness)
