"""There is no cache server: each process keeps its own answers for a moment."""

from __future__ import annotations

from ..config.stores import StoreSettings
from .store import Store


def open_store(settings: StoreSettings) -> Store | None:
    """Return None: nothing is shared, whatever the settings."""
    return None
