"""MariaDB, through PyMySQL.

Django's own choice, mysqlclient, has to be compiled where it is installed. PyMySQL speaks the same
protocol in Python, and stands in for it under its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pymysql  # type: ignore[import-untyped]

from .. import runtime
from . import mariadb_faults, sqlite

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from ..config import Settings

FEWER_CONNECTIONS = "lower WEB_THREADS, or WEB_WORKERS"
BACKGROUND = 6  # threads that serve no request, see `cache` and `health`

pymysql.install_as_MySQLdb()


def options(settings: Settings) -> dict[str, Any]:
    """Return the database as Django's settings describe it; each thread keeps a connection."""
    if settings.database_url.startswith("sqlite:"):
        return sqlite.options(settings.database_url)
    url = urlsplit(settings.database_url)
    # A migration may take its time, once it has its locks. The server ends what takes too long;
    # one that the network no longer reaches cannot, and gets a second more.
    limit = settings.statement_timeout if runtime.serving() else 0
    answer = limit + 1 if limit else None
    lock = max(1, int(settings.statement_timeout))
    return {
        "ENGINE": "django.db.backends.mysql",
        "NAME": unquote(url.path[1:]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": url.port or "",
        "CONN_MAX_AGE": settings.database_pool_recycle,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": settings.database_connect_timeout,
            "read_timeout": answer,
            "write_timeout": answer,
            "init_command": "SET time_zone = '+00:00', sql_mode = 'TRADITIONAL',"
            f" max_statement_time = {limit:g},"
            f" innodb_lock_wait_timeout = {lock}, lock_wait_timeout = {lock}",
            **dict(parse_qsl(url.query)),
        },
    }


def connect_early() -> None:
    """Do nothing: each thread connects for itself."""


def watch_pool() -> None:
    """Do nothing: each thread has its own connection."""


def forget_broken(_connection: BaseDatabaseWrapper) -> None:
    """Do nothing: other threads check their connections before they use them."""


def max_connections(connection: BaseDatabaseWrapper) -> int | None:
    """Return how many connections the server takes; ``None`` if there is no server."""
    if connection.vendor == "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@max_connections")
        return int(cursor.fetchone()[0])


def connections_per_worker(settings: Settings) -> int:
    """Return how many connections a worker may open."""
    return settings.web_threads + BACKGROUND


def is_mistake(error: BaseException | None) -> bool:
    """Tell whether it is the statement that is wrong, not the database that is away."""
    return mariadb_faults.is_mistake(error) or sqlite.is_mistake(error)
