"""Where hits are counted: each process counts by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limits.aio.storage import Storage

from .rate_limit_process import ProcessCounters

if TYPE_CHECKING:
    from .config.stores import StoreSettings


def open_storage(_settings: StoreSettings) -> Storage:
    """Return the counters."""
    return ProcessCounters()


def time_limit(_settings: StoreSettings) -> float:
    """Return how long one hit may take (seconds); one in the process never waits."""
    return 1.0


async def close_storage(_storage: Storage) -> None:
    """Nothing is open."""
