"""What the errors of MariaDB mean."""

from __future__ import annotations

from pymysql.constants import ER  # type: ignore[import-untyped]
from pymysql.err import (  # type: ignore[import-untyped]
    Error,
    InterfaceError,
    InternalError,
    OperationalError,
)

# What a server is asked, and its answers as long as it takes writes.
ASK_READ_ONLY = "SELECT @@read_only"
WRITABLE = (0, "OFF")

_READ_ONLY = {
    ER.OPEN_AS_READONLY,  # the table, as with innodb_read_only
    ER.OPTION_PREVENTS_STATEMENT,  # --read-only, as on a replica
    1792,  # the transaction is read-only
    1836,  # the server is in read-only mode
    1874,  # InnoDB is in read-only mode
}
# Of a server that is about to go, or waits for its cluster: another one may be there already.
_LEAVING = {ER.SERVER_SHUTDOWN, ER.UNKNOWN_COM_ERROR}

# Of the errors that the server reports: those that may be gone at the next try.
_OUTAGES = (
    _READ_ONLY
    | _LEAVING
    | {
        ER.ABORTING_CONNECTION,
        ER.ACCESS_DENIED_ERROR,  # as while a password is changed
        ER.CANT_CREATE_THREAD,
        ER.CANT_LOCK,
        ER.CANT_OPEN_FILE,
        ER.CANT_UPDATE_WITH_READLOCK,  # FLUSH TABLES WITH READ LOCK, as for a backup
        ER.CHECKREAD,  # a conflict with another transaction
        ER.CON_COUNT_ERROR,
        ER.DBACCESS_DENIED_ERROR,
        ER.DISK_FULL,
        ER.ERROR_DURING_COMMIT,
        ER.ERROR_ON_READ,
        ER.ERROR_ON_WRITE,
        ER.GET_ERRNO,  # the storage engine failed
        ER.HOST_IS_BLOCKED,
        ER.LOCK_DEADLOCK,
        ER.LOCK_TABLE_FULL,
        ER.LOCK_WAIT_TIMEOUT,
        ER.NEW_ABORTING_CONNECTION,
        ER.OUT_OF_RESOURCES,
        ER.OUT_OF_SORTMEMORY,
        ER.OUTOFMEMORY,
        ER.QUERY_INTERRUPTED,
        ER.RECORD_FILE_FULL,  # the table, or its disk
        ER.TABLE_DEF_CHANGED,  # by a migration
        ER.TOO_MANY_USER_CONNECTIONS,
        ER.USER_LIMIT_REACHED,
        1637,  # too many transactions
        1878,  # a temporary file could not be written
        1927,  # the connection was killed
        1969,  # max_statement_time
    }
)


def is_outage(error: BaseException | None) -> bool:
    """Return whether the database is away or unable; a wrong statement is a mistake instead.

    PyMySQL calls each error that it does not know an operational one.
    """
    if not isinstance(error, InterfaceError | InternalError | OperationalError):
        return False
    number = _number(error)
    from_server = 1000 <= number < 2000 or number >= 3000
    return not from_server or number in _OUTAGES


def refuses_writes(error: BaseException | None) -> bool:
    """Return whether the server is read-only, as an old primary is after a failover."""
    return isinstance(error, Error) and _number(error) in _READ_ONLY | _LEAVING


def _number(error: Error) -> int:
    """Return the number of an error; 0: it is not from the server, but of the protocol."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0
