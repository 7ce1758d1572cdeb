"""What to do when the database refuses to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import Error
from django.db.backends.signals import connection_created

from . import server

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


def leave_read_only_servers() -> None:
    """Close connections that turn out to be of no use for writes, from now on.

    The next one may lead to the new primary.
    """
    connection_created.connect(_watch, dispatch_uid=__name__)


def _watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    # The same object may connect again, and keeps what was put around its statements.
    if _execute not in connection.execute_wrappers:
        connection.execute_wrappers.append(_execute)


def _execute(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Mapping[str, Any]
) -> Any:
    try:
        return execute(sql, params, many, context)
    except Error as error:
        if server.refuses_writes(error.__cause__):
            connection = context["connection"]
            server.leave(connection)
            if not connection.in_atomic_block:
                connection.close()
        raise
