"""Where sessions live: in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .database import DatabaseStore

if TYPE_CHECKING:
    from ..config import Settings
    from ..database import Database
    from .store import Store


def open_store(settings: Settings, database: Database) -> Store:
    """Return the store of sessions."""
    return DatabaseStore(database, settings.anonymous_sessions)
