"""How many statements a request sends to the database: many are the sign of a query in a loop."""

from __future__ import annotations

from contextvars import ContextVar

from .tally import BatchHistogram

PER_REQUEST = BatchHistogram(
    "database_statements_per_request",
    "Statements of the requests that asked the database.",
    ("method", "route"),
    buckets=(1, 2, 5, 10, 20, 50, 100),
)


class StatementCount:
    """The statements of one request so far."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


_current: ContextVar[StatementCount | None] = ContextVar("statement_count", default=None)


def start() -> StatementCount:
    """Begin to count for the request that is served in this context."""
    count = StatementCount()
    _current.set(count)
    return count


def add_one() -> None:
    """Count a statement; what is sent on behalf of no request counts for none."""
    count = _current.get()
    if count is not None:
        count.value += 1
