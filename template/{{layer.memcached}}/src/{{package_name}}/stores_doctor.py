"""What the doctor asks about the cache's server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .findings import Finding

if TYPE_CHECKING:
    from .config import Settings


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what was found out about sessions and cache."""
    yield Finding("sessions in memory", True, "sessions are in the database")
    yield Finding(
        "no cache", bool(settings.cache_url), "each process caches for itself: set CACHE_URL"
    )
    yield Finding(
        "no cache",
        settings.cache_timeout <= 0.4,
        "an outage of the cache delays answers by over half a second: lower CACHE_TIMEOUT",
    )
