"""SQLite: a file, one writer at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from django.core.exceptions import ImproperlyConfigured

from . import sqlite_faults

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

BUSY_TIMEOUT = 5.0  # seconds that a writer waits for another


def options(url: str) -> dict[str, Any]:
    """Return what Django needs to know of the file; each thread keeps it open for itself.

    Raises:
        ImproperlyConfigured: for a parameter that the driver does not know.
    """
    path, _, query = url.removeprefix("sqlite:///").partition("?")
    named = dict(parse_qsl(query))
    timeout = float(named.pop("timeout", BUSY_TIMEOUT))
    if named:
        raise ImproperlyConfigured(f"DATABASE_URL: a file has no {', '.join(named)}; use timeout")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": timeout,
            # Takes its turn at once: who reads first and writes then would be refused instead.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
        },
    }


def is_read_only(connection: BaseDatabaseWrapper) -> bool:
    """Return whether the file takes no writes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT file FROM pragma_database_list WHERE name = 'main'")
        return sqlite_faults.is_read_only(cursor.fetchone()[0])
