"""The database of this service: SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import sqlite

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from ..config import Settings

FEWER_CONNECTIONS = ""  # there is no limit


def options(settings: Settings) -> dict[str, Any]:
    """Return the database as Django's settings describe it."""
    return sqlite.options(settings.database_url)


def connect_early() -> None:
    """Do nothing: each thread connects for itself."""


def watch_pool() -> None:
    """Do nothing: each thread has its own connection."""


def forget_broken(_connection: BaseDatabaseWrapper) -> None:
    """Do nothing: a file closes no connections."""


def max_connections(_connection: BaseDatabaseWrapper) -> int | None:
    """Return how many connections the server takes; ``None``: there is no server."""
    return None


def connections_per_worker(_settings: Settings) -> int:
    """Return how many connections a worker may open."""
    return 0


def is_mistake(error: BaseException | None) -> bool:
    """Tell whether it is the statement that is wrong, not the database that is away."""
    return sqlite.is_mistake(error)
