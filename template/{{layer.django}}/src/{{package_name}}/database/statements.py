"""Counts what each request asks of the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db.backends.signals import connection_created

from .. import statement_count

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


def count_statements() -> None:
    """Count the statements of every connection from now on."""
    connection_created.connect(_count_those_of, dispatch_uid=__name__)


def _count_those_of(connection: BaseDatabaseWrapper, **_: Any) -> None:
    # The same object may connect again, and keeps what was put around its statements.
    if _count not in connection.execute_wrappers:
        connection.execute_wrappers.append(_count)


def _count(execute: Callable[..., Any], *arguments: Any) -> Any:
    statement_count.add_one()
    return execute(*arguments)
