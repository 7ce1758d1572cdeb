"""Which cache the service has."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from .cache import Cache

if TYPE_CHECKING:
    from ..config import Settings


def open_cache(settings: Settings, _background: Callable[[], AbstractContextManager[Any]]) -> Cache:
    """Return the cache of this process; it computes nothing in the background."""
    return Cache(staleness=settings.cache_staleness)
