"""What the doctor says about sessions and cache."""

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
        "no cache", settings.cache_staleness > 0, "nothing is cached: set CACHE_STALENESS"
    )
