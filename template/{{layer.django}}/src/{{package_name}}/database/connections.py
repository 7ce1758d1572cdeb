"""When connections are given back, beyond what Django does at the end of a request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import close_old_connections, connection


@contextmanager
def own_connection() -> Iterator[None]:
    """Give back what the block used, in a thread that serves no request."""
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()


def lend_connection() -> None:
    """Let others have this thread's connection while it waits for something else.

    Inside a transaction it is kept. The next statement takes one again.
    """
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
