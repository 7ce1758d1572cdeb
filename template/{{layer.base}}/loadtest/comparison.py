"""Whether a run is worse than an earlier one."""

from __future__ import annotations

from dataclasses import dataclass

from .figures import Figures, StageFigures
from .slo import Comparison
from .verdict import IN_THE_TAIL, PERCENTILES, shown

LATENCIES = ("p50", "p95")  # p99 of a short run is chance


@dataclass(frozen=True)
class Change:
    """What has become of one number.

    Attributes:
        stage: in which stage.
        subject: of which endpoint, or overall.
        measure: p50, p95 or throughput.
        before, now: milliseconds, or requests a second.
        worse: by more than noise.
    """

    stage: str
    subject: str
    measure: str
    before: float
    now: float
    worse: bool

    def __str__(self) -> str:
        before, now = (shown(self.measure, value) for value in (self.before, self.now))
        return f"{self.measure} of {self.subject} went from {before} to {now} ({self.stage})"


def compare_capacity(before: float, now: float, tolerance: Comparison) -> list[Change]:
    """Compare what two runs found to be the most that the service can do (requests a second)."""
    return [_throughput("at its limit", "overall", before, now, tolerance)]


def compare_stages(
    before: list[StageFigures], now: list[StageFigures], tolerance: Comparison
) -> list[Change]:
    """Compare the judged stages that both runs have."""
    changes = []
    earlier = {stage.name: stage for stage in before if stage.judged}
    for stage in now:
        if stage.judged and stage.name in earlier:
            for subject, figures in stage.figures.items():
                if old := earlier[stage.name].figures.get(subject):
                    changes += _figures(stage.name, subject, old, figures, tolerance)
    return changes


def _figures(
    stage: str, subject: str, old: Figures, new: Figures, tolerance: Comparison
) -> list[Change]:
    changes = [
        _latency(stage, subject, name, getattr(old, name), getattr(new, name), tolerance)
        for name in LATENCIES
        if min(old.requests, new.requests) * (100 - PERCENTILES[name]) >= 100 * IN_THE_TAIL
    ]
    if subject == "overall":
        changes.append(_throughput(stage, subject, old.throughput, new.throughput, tolerance))
    return changes


def _latency(
    stage: str, subject: str, name: str, before: float, now: float, tolerance: Comparison
) -> Change:
    worse = now > before * tolerance.latency and now - before > tolerance.noise
    return Change(stage, subject, name, before, now, worse)


def _throughput(
    stage: str, subject: str, before: float, now: float, tolerance: Comparison
) -> Change:
    return Change(
        stage, subject, "throughput", before, now, worse=now < before * tolerance.throughput
    )
