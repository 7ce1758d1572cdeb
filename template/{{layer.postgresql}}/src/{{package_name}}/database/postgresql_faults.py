"""What the errors of PostgreSQL mean."""

from __future__ import annotations

import psycopg

READ_ONLY = "25006"

# States, or the first two characters of a class of them.
_OUTAGES = (
    READ_ONLY,
    "08",  # the connection failed
    "25P03",  # idle in a transaction for too long
    "25P04",  # transaction_timeout
    "28",  # the login is refused, as while a password is changed
    "40",  # a deadlock, or a conflict with another transaction
    "53",  # disk, memory or connections are used up
    "55P03",  # lock_timeout
    "57",  # shutting down or starting; statement_timeout
    "58",  # the server's own files
)


def is_outage(error: BaseException | None) -> bool:
    """Return whether the database is away or unable; a wrong statement is a mistake instead.

    The driver calls errors of both kinds operational, and others of both kinds internal.
    """
    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate is None:  # the server has not answered
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate.startswith(_OUTAGES)


def refuses_writes(error: BaseException | None) -> bool:
    """Return whether the server is read-only, as an old primary is after a failover."""
    return isinstance(error, psycopg.Error) and error.sqlstate == READ_ONLY
