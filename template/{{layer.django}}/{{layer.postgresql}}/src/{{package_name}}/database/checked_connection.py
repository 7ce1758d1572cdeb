"""Checks of connections: is the server still there, and does it still take writes?

After a failover the old primary may live on, read-only, and keep its connections. Until they are
closed, its rows are read as if they were new, and nothing can be written.
"""

from __future__ import annotations

from time import monotonic
from typing import Any, ClassVar

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool

READ_ONLY = "SHOW transaction_read_only"
GOOD_FOR = 1.0  # seconds
# Where no server takes writes, reads go on. A connection that is older than this gives way to a
# new one, which may find the new primary.
SETTLED = 2.0  # seconds


class CheckedConnection(Connection[Any]):
    """A connection that the pool checks before it is used.

    Once a second is enough: a round trip per request would cost a tenth of the throughput of a
    list, and a read that fails on a connection checked just now is run again (`reading`).
    """

    doubted: ClassVar[float] = 0.0  # when a server has refused to write
    drained: ClassVar[float] = 0.0  # when the pool last dropped its connections

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._connected = self._checked = monotonic()

    def check(self) -> None:
        """Return if the connection is of use, or is new: reads need no more.

        Raises:
            psycopg.Error: otherwise; the pool then tries another connection.
        """
        now = monotonic()
        if self._checked > max(self.doubted, now - GOOD_FOR):
            return
        pool: ConnectionPool | None = getattr(connections[DEFAULT_DB_ALIAS], "pool", None)
        try:
            row = self.execute(READ_ONLY).fetchone()
        except Exception:
            if pool is not None:
                pool.check()  # a server that closed one connection has closed the others
            raise
        if row != ("off",) and now - self._connected > SETTLED:
            # All at once: the pool waits for a second after each connection that fails.
            if pool is not None and now - self.drained > GOOD_FOR:
                type(self).drained = now
                pool.drain()
            self.close()
            raise OperationalError("the server takes no writes")
        self._checked = now
