"""What was measured in a stretch of time, as the difference of Locust's statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from locust.stats import (
    RequestStats,
    StatsEntry,
    calculate_response_time_percentile,
    diff_response_time_dicts,
)

OVERALL = "overall"


@dataclass(frozen=True)
class Measured:
    """The answers to one endpoint, or to all, in a stretch of time.

    Attributes:
        requests: how many were answered, or given up.
        failures: how many of them were not answered as they should be.
        seconds: how long the stretch was.
        times: how many answers took so many milliseconds, which Locust rounds to two digits.
    """

    requests: int = 0
    failures: int = 0
    seconds: float = 0.0
    times: Mapping[int, int] = field(default_factory=dict)

    def percentile(self, percent: int) -> int:
        """Return the milliseconds within which so many percent of the answers came."""
        count = sum(self.times.values())
        return calculate_response_time_percentile(dict(self.times), count, percent / 100)

    @property
    def error_rate(self) -> float:
        """Return the share of the requests that failed."""
        return self.failures / self.requests if self.requests else 0.0

    @property
    def throughput(self) -> float:
        """Return how many requests a second were answered as they should be."""
        return (self.requests - self.failures) / self.seconds if self.seconds else 0.0

    def since(self, earlier: Measured) -> Measured:
        """Return what came after ``earlier``."""
        return Measured(
            self.requests - earlier.requests,
            self.failures - earlier.failures,
            self.seconds - earlier.seconds,
            diff_response_time_dicts(dict(self.times), dict(earlier.times)),
        )


Snapshot = dict[str, Measured]


def snapshot(stats: RequestStats, seconds: float) -> Snapshot:
    """Return what was measured from the start of the run until now.

    Args:
        stats: Locust's statistics.
        seconds: how long the run has taken.
    """
    taken = {
        f"{entry.method} {entry.name}": _copy(entry, seconds) for entry in stats.entries.values()
    }
    return {OVERALL: _copy(stats.total, seconds), **taken}


def between(earlier: Snapshot, later: Snapshot) -> Snapshot:
    """Return what was measured between two snapshots of a run."""
    nothing = Measured(seconds=earlier[OVERALL].seconds)
    return {name: measured.since(earlier.get(name, nothing)) for name, measured in later.items()}


def _copy(entry: StatsEntry, seconds: float) -> Measured:
    return Measured(entry.num_requests, entry.num_failures, seconds, dict(entry.response_times))
