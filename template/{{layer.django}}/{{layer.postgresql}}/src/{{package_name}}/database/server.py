"""PostgreSQL, through psycopg and its pool."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import Connection
from psycopg_pool import ConnectionPool

from .. import runtime, saturation
from . import sqlite

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from ..config import Settings

CHECK_INTERVAL = 1.0  # seconds
RECONNECT_TIMEOUT = 1.0  # seconds
FEWER_CONNECTIONS = "lower DATABASE_POOL_SIZE, or WEB_WORKERS"
SPARE_THREADS = 2

_checked: WeakKeyDictionary[Connection[Any], float] = WeakKeyDictionary()


def options(settings: Settings) -> dict[str, Any]:
    """Return the database as Django's settings describe it."""
    if settings.database_url.startswith("sqlite:"):
        return sqlite.options(settings.database_url)
    url = urlsplit(settings.database_url)
    milliseconds = int(settings.statement_timeout * 1000)
    limits = f"-c timezone=UTC -c lock_timeout={milliseconds}"
    if runtime.serving():  # a migration may take its time, once it has its locks
        limits += (
            f" -c statement_timeout={milliseconds}"
            f" -c idle_in_transaction_session_timeout={2 * milliseconds}"
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path[1:]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": url.port or "",
        "OPTIONS": {
            "application_name": __name__.partition(".")[0],
            "connect_timeout": max(2, round(settings.database_connect_timeout)),
            # For a server that the network no longer reaches, whether it has the statement or not.
            "tcp_user_timeout": milliseconds,
            "keepalives_idle": max(1, milliseconds // 1000),
            "keepalives_interval": 1,
            "options": limits,
            # A statement that a connection has seen before need not be planned again: a quarter
            # less time for a list.
            "server_side_binding": True,
            "prepare_threshold": 5,
            **dict(parse_qsl(url.query)),
            # A command has one connection, for which it may wait longer than a request.
            "pool": runtime.serving()
            and {
                "min_size": settings.database_pool_size,
                "max_size": settings.database_pool_size,
                "timeout": settings.database_pool_timeout,
                "max_lifetime": settings.database_pool_recycle,
                "check": _check,
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


def max_connections(connection: BaseDatabaseWrapper) -> int | None:
    """Return how many connections the server takes; ``None`` if there is no server."""
    if connection.vendor == "sqlite":
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


def _check(connection: Connection[Any]) -> None:
    """Check a connection before it is used.

    Once a second is enough: a round trip per request would cost a tenth of the throughput of a
    list, and a read that fails on a connection checked just now is run again (`reading`).
    """
    now = monotonic()
    if now - _checked.get(connection, 0.0) < CHECK_INTERVAL:
        return
    try:
        ConnectionPool.check_connection(connection)
    except Exception:
        forget_broken(connections[DEFAULT_DB_ALIAS])
        raise
    _checked[connection] = now


def is_mistake(error: BaseException | None) -> bool:
    """Tell whether it is the statement that is wrong, not the database that is away."""
    return sqlite.is_mistake(error)
