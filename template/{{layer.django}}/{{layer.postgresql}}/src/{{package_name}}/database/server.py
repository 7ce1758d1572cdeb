"""PostgreSQL, through psycopg and its pool."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg_pool import ConnectionPool

from .. import runtime, saturation
from ..config.database_url import parameters
from . import postgresql_faults, sqlite, sqlite_faults
from .checked_connection import READ_ONLY, CheckedConnection
from .parameters import bounds, connect_arguments, named_settings
from .pooler_cursor import PoolerCursor

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from ..config import Settings

RECONNECT_TIMEOUT = 1.0  # seconds
FEWER_CONNECTIONS = "lower DATABASE_POOL_SIZE, or WEB_WORKERS"
LOST_LIMITS = "a pooler drops what a connection asks for: set DATABASE_POOLER=transaction"
SPARE_THREADS = 2


def options(settings: Settings, *, serving: bool | None = None) -> dict[str, Any]:
    """Return the database as Django's settings describe it.

    Args:
        serving: whether each statement is bounded; by default, unless this is a command.
    """
    serving = runtime.serving() if serving is None else serving
    if settings.database_url.startswith("sqlite:"):
        return sqlite.options(settings.database_url)
    found = parameters(settings.database_url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": found.get("dbname", ""),
        "USER": found.get("user", ""),
        "PASSWORD": found.get("password", ""),
        "HOST": found.get("host", ""),
        "PORT": found.get("port", ""),
        # These live longer than a transaction.
        "DISABLE_SERVER_SIDE_CURSORS": settings.database_pooler != "none",
        "OPTIONS": {
            # A statement that a connection has seen before need not be planned again: a quarter
            # less time for a list.
            "server_side_binding": settings.database_pooler == "none",
            "prepare_threshold": 5,
            **connect_arguments(settings, PoolerCursor, serving=serving),
            # A command has one connection, for which it may wait longer than a request.
            "pool": runtime.serving()
            and {
                "min_size": settings.database_pool_size,
                "max_size": settings.database_pool_size,
                "timeout": settings.database_pool_timeout,
                "max_lifetime": settings.database_pool_recycle,
                "connection_class": CheckedConnection,
                "check": CheckedConnection.check,
                # By itself the pool waits ever longer between its attempts to connect again, and
                # gives up at last: the service would be down for longer than the server.
                "reconnect_timeout": RECONNECT_TIMEOUT,
                "reconnect_failed": ConnectionPool.check,
                # When there is no server, so many wait for one; the other threads still serve
                # what needs no database.
                "max_waiting": max(1, settings.web_threads - SPARE_THREADS),
            },
        },
    }


def connect_early() -> None:
    """Begin to connect before the first requests come, all at once.

    Never in a test: Django would use these connections in the place of those to its own database.
    """
    pool: ConnectionPool | None = getattr(connections[DEFAULT_DB_ALIAS], "pool", None)
    if pool is not None:
        pool.open()


def watch_pool() -> None:
    """Have metrics tell how full the pool is."""
    pool: ConnectionPool | None = getattr(connections[DEFAULT_DB_ALIAS], "pool", None)
    if pool is not None:
        saturation.watch("database", lambda: _usage(pool))


def forget_broken(connection: BaseDatabaseWrapper) -> None:
    """Have the pool look at its connections: a server that closed one has closed the others."""
    pool: ConnectionPool | None = getattr(connection, "pool", None)
    if pool is not None:
        pool.check()


def max_connections(connection: BaseDatabaseWrapper, settings: Settings) -> int | None:
    """Return how many connections the server takes; ``None`` if a file or a pooler is asked."""
    if connection.vendor == "sqlite" or settings.database_pooler != "none":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        return int(cursor.fetchone()[0])


def connections_per_worker(settings: Settings) -> int:
    """Return how many connections a worker may open."""
    return settings.database_pool_size


def _usage(pool: ConnectionPool) -> tuple[int, int]:
    stats = pool.get_stats()
    return stats["pool_size"] - stats["pool_available"], pool.max_size


def lost_limits(connection: BaseDatabaseWrapper, settings: Settings) -> Iterator[str]:
    """Yield the settings that the service asked for, and the server does not have."""
    if connection.vendor == "sqlite":
        return
    named = named_settings(settings)
    with connection.cursor() as cursor:
        for name, value in bounds(settings).items():
            found = "SELECT setting FROM pg_settings WHERE lower(name) = %s"
            cursor.execute(found, [name])
            (live,) = cursor.fetchone()
            if live != value and name not in named:
                yield f"{name} is {live}, not {value}"


def is_read_only(connection: BaseDatabaseWrapper) -> bool:
    """Return whether the database takes no writes."""
    if connection.vendor == "sqlite":
        return sqlite.is_read_only(connection)
    with connection.cursor() as cursor:
        cursor.execute(READ_ONLY)
        return bool(cursor.fetchone()[0] != "off")


def is_outage(error: BaseException | None) -> bool:
    """Return whether the database is away or unable, not the statement wrong."""
    return postgresql_faults.is_outage(error) or sqlite_faults.is_outage(error)


def refuses_writes(error: BaseException | None) -> bool:
    """Return whether the database is read-only, at least to this connection."""
    return postgresql_faults.refuses_writes(error) or sqlite_faults.refuses_writes(error)


def leave(connection: BaseDatabaseWrapper) -> None:
    """Close a connection that is of no use for writes, and have the others checked before use."""
    CheckedConnection.doubted = monotonic()
    connection.connection.close()  # or the pool would keep it
