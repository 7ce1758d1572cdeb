"""Django's cursor, made to work through a transaction pooler."""

from __future__ import annotations

from django.db.backends.postgresql.base import Cursor

from .limited_cursor import LimitedCursor


class PoolerCursor(LimitedCursor, Cursor):
    """Sends the service's settings along with each statement."""
