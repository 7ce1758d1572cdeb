"""What the errors of SQLite mean."""

from __future__ import annotations

import os
import sqlite3

_OUTAGES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}


def is_outage(error: BaseException | None) -> bool:
    """Return whether the file is out of reach; a wrong statement is a mistake instead.

    The driver calls both an operational error.
    """
    return isinstance(error, OSError) or _code(error) in _OUTAGES


def refuses_writes(error: BaseException | None) -> bool:
    """Return whether the file is read-only, and stays so to the connection that opened it."""
    return _code(error) == sqlite3.SQLITE_READONLY


def is_read_only(file: str) -> bool:
    """Return whether the file, if there is one, takes no writes: its disk may be read-only."""
    return bool(file) and not os.access(file, os.W_OK)


def _code(error: BaseException | None) -> int | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF  # the rest of it says more of the same
