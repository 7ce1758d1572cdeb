"""The database of this service: SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, DateTime, Dialect, LargeBinary, Text
from sqlalchemy.types import TypeEngine

from . import sqlite
from .sqlite import driver_url, prepare
from .sqlite_faults import is_outage, refuses_writes

if TYPE_CHECKING:
    from ..config import Settings

__all__ = [
    "LOST_LIMITS",
    "LongBinary",
    "LongText",
    "driver_url",
    "engine_options",
    "is_outage",
    "is_read_only",
    "lost_limits",
    "max_connections",
    "migration_options",
    "moment_type",
    "prepare",
    "refuses_writes",
]

LOST_LIMITS = ""  # there is no server

LongText = Text()
LongBinary = LargeBinary()


def engine_options(_url: URL, settings: Settings) -> dict[str, Any]:
    """Return what the engine needs beyond the URL."""
    return sqlite.engine_options(settings)


def migration_options(_url: URL, _settings: Settings) -> dict[str, Any]:
    """Return what the engine of migrations needs beyond the URL: nothing."""
    return {}


def max_connections(_connection: Connection, _settings: Settings) -> int | None:
    """Return how many connections the server takes; ``None``: there is no server."""
    return None


def moment_type(_dialect: Dialect) -> TypeEngine[datetime]:
    """Return the column type of a moment."""
    return DateTime(timezone=True)


def is_read_only(ask: Callable[[str], Any], _dialect: Dialect) -> bool:
    """Return whether the database takes no writes.

    Args:
        ask: returns the first value of what a statement finds.
    """
    return sqlite.is_read_only(ask)


def lost_limits(_connection: Connection, _settings: Settings) -> Iterator[str]:
    """Yield the settings that a server does not have; there is none."""
    yield from ()
