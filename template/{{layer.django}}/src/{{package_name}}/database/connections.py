"""Connections of threads that serve no request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import close_old_connections


@contextmanager
def own_connection() -> Iterator[None]:
    """Give back what the block used: Django does it at the end of a request, and only then."""
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()
