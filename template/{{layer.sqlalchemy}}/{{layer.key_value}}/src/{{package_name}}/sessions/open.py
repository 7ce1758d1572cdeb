"""Where sessions live: in their server, or in the database while none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .database import DatabaseStore
from .server import ServerStore

if TYPE_CHECKING:
    from ..config import Settings
    from ..database import Database
    from .store import Store


def open_store(settings: Settings, database: Database) -> Store:
    """Return the store that SESSION_URL names."""
    if settings.session_url:
        return ServerStore(
            settings.session_url,
            namespace=__name__.partition(".")[0],
            longest=settings.session_absolute_lifetime,
            anonymous=settings.anonymous_sessions,
        )
    return DatabaseStore(database, settings.anonymous_sessions)
