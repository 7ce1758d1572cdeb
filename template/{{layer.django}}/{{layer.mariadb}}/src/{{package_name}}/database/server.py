"""MariaDB, through PyMySQL.

Django's own choice, mysqlclient, has to be compiled where it is installed. PyMySQL speaks the same
protocol in Python, and stands in for it under its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pymysql  # type: ignore[import-untyped]

from .. import runtime
from . import mariadb, mariadb_faults, sqlite, sqlite_faults
from .parameters import connect_arguments

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from ..config import Settings

FEWER_CONNECTIONS = "lower WEB_THREADS, or WEB_WORKERS"
LOST_LIMITS = "a proxy before the server drops what a connection sets: let it keep sessions apart"
BACKGROUND = 6  # threads that serve no request, see `cache` and `health`

pymysql.install_as_MySQLdb()


def options(settings: Settings, *, serving: bool | None = None) -> dict[str, Any]:
    """Return the database as Django's settings describe it; each thread keeps a connection.

    Args:
        serving: whether each statement is bounded; by default, unless this is a command.
    """
    serving = runtime.serving() if serving is None else serving
    if settings.database_url.startswith("sqlite:"):
        return sqlite.options(settings.database_url)
    url = urlsplit(settings.database_url)
    # A migration may take its time, once it has its locks. The server ends what takes too long;
    # one that the network no longer reaches cannot, and gets a second more.
    answer = settings.statement_timeout + 1 if serving else None
    return {
        "ENGINE": mariadb.__name__,
        "NAME": unquote(url.path[1:]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": url.port or "",
        "CONN_MAX_AGE": settings.database_pool_recycle,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "read_timeout": answer,
            "write_timeout": answer,
            **connect_arguments(settings, serving=serving, check_hostname=False),
        },
    }


def connect_early() -> None:
    """Do nothing: each thread connects for itself."""


def watch_pool() -> None:
    """Do nothing: each thread has its own connection."""


def forget_broken(_connection: BaseDatabaseWrapper) -> None:
    """Do nothing: other threads check their connections before they use them."""


def max_connections(connection: BaseDatabaseWrapper, _settings: Settings) -> int | None:
    """Return how many connections the server takes; ``None`` if there is no server."""
    if connection.vendor == "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@max_connections")
        return int(cursor.fetchone()[0])


def connections_per_worker(settings: Settings) -> int:
    """Return how many connections a worker may open."""
    return settings.web_threads + BACKGROUND


def lost_limits(connection: BaseDatabaseWrapper, settings: Settings) -> Iterator[str]:
    """Yield the settings that the service asked for, and the server does not have."""
    if connection.vendor == "sqlite" or "init_command" in settings.database_url:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@max_statement_time")
        (live,) = cursor.fetchone()
    if live != settings.statement_timeout:
        yield f"max_statement_time is {live:g}, not {settings.statement_timeout:g}"


def is_read_only(connection: BaseDatabaseWrapper) -> bool:
    """Return whether the database takes no writes."""
    if connection.vendor == "sqlite":
        return sqlite.is_read_only(connection)
    with connection.cursor() as cursor:
        cursor.execute(mariadb_faults.ASK_READ_ONLY)
        return cursor.fetchone()[0] not in mariadb_faults.WRITABLE


def is_outage(error: BaseException | None) -> bool:
    """Return whether the database is away or unable, not the statement wrong."""
    return mariadb_faults.is_outage(error) or sqlite_faults.is_outage(error)


def refuses_writes(error: BaseException | None) -> bool:
    """Return whether the database is read-only, at least to this connection."""
    return mariadb_faults.refuses_writes(error) or sqlite_faults.refuses_writes(error)


def leave(connection: BaseDatabaseWrapper) -> None:
    """Have a connection closed that is of no use for writes, at the end of the request."""
    connection.close_at = 0.0
