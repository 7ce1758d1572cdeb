"""Reads that are worth a second try."""

from __future__ import annotations

from typing import Any

from django.db import InterfaceError, OperationalError, connections
from django.db.models import QuerySet

from .server import forget_broken


def read[Row](queryset: QuerySet[Any, Row]) -> list[Row]:
    """Return the rows of a query, which is asked each time: none are kept in ``queryset``.

    When the server has closed the connection meanwhile, the statement is run once more on another
    one. Inside a transaction it is not: what it said before is lost with the connection.
    """
    connection = connections[queryset.db]
    try:
        return list(queryset.all())
    except (InterfaceError, OperationalError):
        no_connection = connection.connection is None
        if no_connection or connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        forget_broken(connection)
        return list(queryset.all())
