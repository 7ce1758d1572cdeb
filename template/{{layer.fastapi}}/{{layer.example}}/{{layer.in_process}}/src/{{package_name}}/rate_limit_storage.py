"""Where hits are counted: each process counts by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limits.aio.storage import MemoryStorage, Storage

if TYPE_CHECKING:
    from .settings.stores import StoreSettings


def open_storage(_settings: StoreSettings) -> Storage:
    """Return the counters."""
    return MemoryStorage()


async def close_storage(_storage: Storage) -> None:
    """Nothing is open."""
