"""One number of a service with a mistake, beside that of the generated one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Measure(StrEnum):
    """What is measured, in the words of the table; the mistake's number comes first."""

    HEALTH = "1 blocking work: p95 of /healthz while reports are computed"
    KILLED = "2 one process: requests that fail after a process is killed"
    LOST = "3 sessions in memory: visitors whom the other replica does not know"
    TRACED = "4 scattered errors: failures whose answer names them by an id"
    STATS = "5 no cache: expensive aggregate"
    LIST = "6 N+1: list, from the database both times"
    CACHED_LIST = "6 N+1: list, with the generated service's cache"
    LIMIT = "7 running blind: list as usual, and cached, up to where its objective is breached"


LESS_IS_BETTER = {Measure.HEALTH, Measure.KILLED, Measure.LOST}


@dataclass(frozen=True)
class Comparison:
    """A measure of one framework.

    Attributes:
        before: with the mistake.
        after: as generated.
        ratio: how many times as good that is, as the median of the rounds; None for shares, where
            nothing can be divided.
    """

    framework: str
    measure: Measure
    unit: str
    before: float
    after: float
    ratio: float | None = None


def markdown(rows: list[Comparison]) -> str:
    """Return the comparisons as a table."""
    table = [
        ("mistake and measure", "framework", "with the mistake", "as generated", "times as good"),
        ("---", "---", "---:", "---:", "---:"),
    ]
    for measure in Measure:
        for row in rows:
            if row.measure is measure:
                ratio = f"{row.ratio:,.1f}" if row.ratio is not None else ""
                numbers = (_number(row.before, row.unit), _number(row.after, row.unit))
                table.append((measure.value, row.framework, *numbers, ratio))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in table) + "\n"


def _number(value: float, unit: str) -> str:
    digits = 0 if value >= 100 or value == int(value) else 1
    return f"{value:,.{digits}f} {unit}"
