"""The database of this service: SQLite."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, DateTime, Dialect, LargeBinary, Text
from sqlalchemy.types import TypeEngine

from . import sqlite
from .sqlite import driver_url, is_mistake, prepare

if TYPE_CHECKING:
    from ..config import Settings

__all__ = [
    "LongBinary",
    "LongText",
    "driver_url",
    "engine_options",
    "is_mistake",
    "max_connections",
    "migration_options",
    "moment_type",
    "prepare",
]

LongText = Text()
LongBinary = LargeBinary()


def engine_options(_url: URL, settings: Settings) -> dict[str, Any]:
    """Return what the engine needs beyond the URL."""
    return sqlite.engine_options(settings)


def migration_options(_url: URL, _settings: Settings) -> dict[str, Any]:
    """Return what the engine of migrations needs beyond the URL: nothing."""
    return {}


def max_connections(_connection: Connection) -> int | None:
    """Return how many connections the server takes; ``None``: there is no server."""
    return None


def moment_type(_dialect: Dialect) -> TypeEngine[datetime]:
    """Return the column type of a moment."""
    return DateTime(timezone=True)
