"""The lock that MariaDB keeps for one process at a time."""

from __future__ import annotations

# Names of locks belong to the whole server, and have at most 64 characters. Returns 1 if it took
# the lock, which ends with the connection.
_NAME = __name__.partition(".")[0]
TAKE = f"SELECT GET_LOCK(SHA2(CONCAT('{_NAME} ', DATABASE()), 256), 0)"
