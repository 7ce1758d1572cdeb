"""SQLite: a file, one writer at a time."""

from __future__ import annotations

import sqlite3
from typing import Any

BUSY_TIMEOUT = 5.0  # seconds that a writer waits for another


def options(url: str) -> dict[str, Any]:
    """Return what Django needs to know of the file; each thread keeps it open for itself."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": url.removeprefix("sqlite:///"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": BUSY_TIMEOUT,
            # Takes its turn at once: who reads first and writes then would be refused instead.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
        },
    }


def is_mistake(error: BaseException | None) -> bool:
    """Tell whether it is the statement that is wrong, as where a column is missing.

    The driver calls that an operational error, as if the database were not available.
    """
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
