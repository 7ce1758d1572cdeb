"""Where sessions live: in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..config.stores import StoreSettings


def engine(_settings: StoreSettings) -> str:
    """Return the ``SESSION_ENGINE``."""
    return f"{__package__}.database"
