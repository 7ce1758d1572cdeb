"""Which of Django's errors say that the database is away."""

from __future__ import annotations

from django.db import Error, InterfaceError, OperationalError

from . import server


def is_outage(error: BaseException | None) -> bool:
    """Return whether the database is away or unable; a wrong statement is a mistake instead.

    Args:
        error: one of Django's, whose cause is the driver's.
    """
    if not isinstance(error, Error):
        return False
    cause = error.__cause__
    if cause is None:
        return isinstance(error, InterfaceError | OperationalError)
    # One error of Django's may be caused by another: after it, a transaction takes no statements.
    return is_outage(cause) or server.is_outage(cause)
