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


async def close_storage(_storage: Storage) -> None:
    """Nothing is open."""
