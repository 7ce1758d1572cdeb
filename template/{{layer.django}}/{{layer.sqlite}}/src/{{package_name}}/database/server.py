"""The database of this service: SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import sqlite
from .sqlite import is_read_only
from .sqlite_faults import is_outage, refuses_writes

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from ..config import Settings

__all__ = [
    "FEWER_CONNECTIONS",
    "LOST_LIMITS",
    "connect_early",
    "connections_per_worker",
    "forget_broken",
    "is_outage",
    "is_read_only",
    "leave",
    "lost_limits",
    "max_connections",
    "options",
    "refuses_writes",
    "watch_pool",
]

FEWER_CONNECTIONS = ""  # there is no limit
LOST_LIMITS = ""  # there is no server


def options(settings: Settings, *, serving: bool | None = None) -> dict[str, Any]:
    """Return the database as Django's settings describe it."""
    return sqlite.options(settings.database_url)


def connect_early() -> None:
    """Do nothing: each thread connects for itself."""


def watch_pool() -> None:
    """Do nothing: each thread has its own connection."""


def forget_broken(_connection: BaseDatabaseWrapper) -> None:
    """Do nothing: a file closes no connections."""


def max_connections(_connection: BaseDatabaseWrapper, _settings: Settings) -> int | None:
    """Return how many connections the server takes; ``None``: there is no server."""
    return None


def connections_per_worker(_settings: Settings) -> int:
    """Return how many connections a worker may open."""
    return 0


def lost_limits(_connection: BaseDatabaseWrapper, _settings: Settings) -> Iterator[str]:
    """Yield the settings that a server does not have; there is none."""
    yield from ()


def leave(connection: BaseDatabaseWrapper) -> None:
    """Have a connection closed that is of no use for writes, at the end of the request."""
    connection.close_at = 0.0
