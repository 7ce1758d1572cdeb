"""Checks of connections: is the server still there, and does it still take writes?

After a failover the old primary may live on, read-only, and keep its connections. Until they are
closed, its rows are read as if they were new, and nothing can be written.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

from django.db.backends.mysql import base
from pymysql.err import Error  # type: ignore[import-untyped]

from ..mariadb_faults import ASK_READ_ONLY, WRITABLE

# Where no server takes writes, reads go on. A connection that is older than this gives way to a
# new one, which may find the new primary.
SETTLED = 2.0  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, which also gives up a connection to a server that takes no writes."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and note when."""
        self._connected = monotonic()
        return super().get_new_connection(conn_params)

    def is_usable(self) -> bool:
        """Return whether the connection is of use; Django asks at the start of a request."""
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(ASK_READ_ONLY)
                (answer,) = cursor.fetchone()
        except Error:
            return False
        return answer in WRITABLE or monotonic() - self._connected < SETTLED
