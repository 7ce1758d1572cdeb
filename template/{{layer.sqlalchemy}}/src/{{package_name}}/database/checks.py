"""Checks of connections: is the server still there, and does it still take writes?

After a failover the old primary may live on, read-only, and keep its connections. Until they are
closed, its rows are read as if they were new, and nothing can be written.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from sqlalchemy import Engine, ExceptionContext, event
from sqlalchemy.exc import DisconnectionError

from . import server

GOOD_FOR = 1.0  # seconds
# Where no server takes writes, reads go on. A connection that is older than this gives way to a
# new one, which may find the new primary.
SETTLED = 2.0  # seconds


class Checks:
    """Checks the connections of engines that lead to one database.

    ``pool_pre_ping`` would ask at every checkout, a round trip per request, and not whether the
    server takes writes.
    """

    def __init__(self) -> None:
        self._doubted = 0.0  # when a server has refused to write: the others may be gone, too

    def watch(self, engine: Engine) -> None:
        """Check the connections of an engine, and close those that are of no use for writes."""

        @event.listens_for(engine, "connect")
        def _note(_connection: Any, record: Any) -> None:
            record.info["connected"] = record.info["checked"] = time.monotonic()

        @event.listens_for(engine, "checkout")
        def _check(connection: Any, record: Any, _proxy: Any) -> None:
            now = time.monotonic()
            if record.info["checked"] > max(self._doubted, now - GOOD_FOR):
                return
            try:
                read_only = server.is_read_only(partial(_ask, connection), engine.dialect)
            except engine.dialect.loaded_dbapi.Error as error:
                if not engine.dialect.is_disconnect(error, connection, None):
                    raise
                raise DisconnectionError from error
            if read_only and now - record.info["connected"] > SETTLED:
                raise DisconnectionError("the server takes no writes")
            record.info["checked"] = now

        @event.listens_for(engine, "handle_error")
        def _leave(context: ExceptionContext) -> None:
            if server.refuses_writes(context.original_exception):
                self._doubted = time.monotonic()
                context.is_disconnect = True
                # The others are checked before they are used: they may be to the new primary.
                context.invalidate_pool_on_disconnect = False


def _ask(connection: Any, statement: str) -> Any:
    """Return the first value of what a statement finds, on a connection of the driver's."""
    cursor = connection.cursor()
    try:
        cursor.execute(statement)
        answer = cursor.fetchone()[0]
    finally:
        cursor.close()
    connection.rollback()  # ends the transaction that the question has begun
    return answer
