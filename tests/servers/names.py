"""The account and the database names that the SQL servers use."""

from __future__ import annotations

import re

USER = "tester"
PASSWORD = "only-for-tests"


def check_database_name(name: str) -> None:
    """Refuse a name that would need quotes, or that a server cuts.

    Raises:
        ValueError: with what is allowed.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise ValueError(f"{name!r}: use up to 63 of a-z, 0-9 and _, a letter first")
