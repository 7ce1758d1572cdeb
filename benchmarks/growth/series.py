"""One number of a framework at one size."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Series(StrEnum):
    """What is measured while something grows."""

    NEWEST = "newest page of the list"
    MIDDLE = "page from the middle of the list"
    POST = "one post"
    STATS = "aggregate over all rows"
    UNCACHED = "list from the database"
    WAIT = "list from the database, p95"
    CACHED = "list from the cache"
    REPLICAS = "session, each replica on a quarter of a core"


ROWS, CONNECTIONS, REPLICAS = "posts", "connections", "replicas"
GROWS = {
    Series.NEWEST: ROWS,
    Series.MIDDLE: ROWS,
    Series.POST: ROWS,
    Series.STATS: ROWS,
    Series.UNCACHED: CONNECTIONS,
    Series.WAIT: CONNECTIONS,
    Series.CACHED: CONNECTIONS,
    Series.REPLICAS: REPLICAS,
}
PER_REQUEST, PER_SECOND, TIMES = "ms a request", "requests a second", "times one replica"
UNITS = {
    **{series: PER_REQUEST for series, grows in GROWS.items() if grows == ROWS},
    Series.UNCACHED: PER_SECOND,
    Series.WAIT: "ms",
    Series.CACHED: PER_SECOND,
    Series.REPLICAS: TIMES,
}


@dataclass(frozen=True)
class Point:
    """A number.

    Attributes:
        size: how many of what grows (``GROWS``).
        value: in the series' unit (``UNITS``).
        errors: requests without a good answer.
    """

    framework: str
    series: Series
    size: int
    value: float
    errors: int = 0


def markdown(points: list[Point]) -> str:
    """Return a table for each thing that grows."""
    tables = []
    for grows in (ROWS, CONNECTIONS, REPLICAS):
        shown = [point for point in points if GROWS[point.series] == grows]
        if not shown:
            continue
        sizes = sorted({point.size for point in shown})
        rows = [
            (f"{grows}:", "framework", "unit", *(f"{size:,}" for size in sizes)),
            ("---", "---", "---", *("---:" for _ in sizes)),
        ]
        for series in Series:
            for framework in dict.fromkeys(point.framework for point in shown):
                line = {
                    point.size: point
                    for point in shown
                    if (point.series, point.framework) == (series, framework)
                }
                if line:
                    cells = (_cell(line[size]) if size in line else "" for size in sizes)
                    rows.append((series.value, framework, UNITS[series], *cells))
        tables.append("\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n")
    return "\n".join(tables)


def _cell(point: Point) -> str:
    digits = 0 if point.value >= 100 else 1 if point.value >= 10 else 2
    return f"{point.value:,.{digits}f}" + (f" ({point.errors} errors)" if point.errors else "")
