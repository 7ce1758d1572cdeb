"""How often somebody may do something, as settings say it: ``10/minute``."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

LIMIT = re.compile(r"([1-9][0-9]*)\s*(?:/|per)\s*(?:([1-9][0-9]*)\s*)?(second|minute|hour|day)s?")
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def parse(limit: str) -> tuple[int, int]:
    """Return how many hits are allowed in how many seconds.

    Raises:
        ValueError: the text is no limit.
    """
    match = LIMIT.fullmatch(limit.strip().lower())
    if match is None:
        raise ValueError("use a limit such as 10/minute or 100 per 2 hours")
    amount, multiple, unit = match.groups()
    return int(amount), int(multiple or 1) * SECONDS[unit]


def _parsable(limit: str) -> str:
    parse(limit)
    return limit


# One that cannot be read would be noticed by the first who is to be limited, or by nobody.
Limit = Annotated[str, AfterValidator(_parsable)]
