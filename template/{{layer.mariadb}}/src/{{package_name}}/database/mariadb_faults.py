"""What the errors of MariaDB mean."""

from __future__ import annotations

from pymysql.constants import ER  # type: ignore[import-untyped]
from pymysql.err import OperationalError  # type: ignore[import-untyped]

# Of the errors that the server reports (1000 to 1999): those that may be gone at the next try.
_OUTAGES = {
    ER.ACCESS_DENIED_ERROR,  # as while a password is changed
    ER.CON_COUNT_ERROR,
    ER.DBACCESS_DENIED_ERROR,
    ER.DISK_FULL,
    ER.ERROR_DURING_COMMIT,
    ER.GET_ERRNO,  # the storage engine failed
    ER.LOCK_DEADLOCK,
    ER.LOCK_TABLE_FULL,
    ER.LOCK_WAIT_TIMEOUT,
    ER.OPTION_PREVENTS_STATEMENT,  # read-only, as a replica is
    ER.OUT_OF_RESOURCES,
    ER.OUTOFMEMORY,
    ER.QUERY_INTERRUPTED,
    ER.SERVER_SHUTDOWN,
    ER.TOO_MANY_USER_CONNECTIONS,
    ER.USER_LIMIT_REACHED,
    1927,  # the connection was killed
    1969,  # max_statement_time
}


def is_mistake(error: BaseException | None) -> bool:
    """Tell whether it is the statement that is wrong, as where a column is missing.

    PyMySQL calls each error that it does not know an operational one.
    """
    if not isinstance(error, OperationalError) or not error.args:
        return False
    number: int = error.args[0]
    return 1000 <= number < 2000 and number not in _OUTAGES
