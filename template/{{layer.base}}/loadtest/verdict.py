"""Whether the objectives were kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from .measured import OVERALL, Measured, Snapshot
from .profiles import Stage
from .slo import Objectives, Slo

PERCENTILES = {"p50": 50, "p95": 95, "p99": 99}
IN_THE_TAIL = 2  # answers slower than a percentile: one alone may be chance
MISSED = 10  # answers that a silence has cost: fewer may have been none by chance


class Outcome(StrEnum):
    """What came of a check, or of the whole run."""

    KEPT = "kept"
    BREACHED = "breached"
    TOO_FEW = "too few"  # requests, for a percentile to mean anything
    GENERATOR = "generator"  # was saturated, or lost: what was measured may be its own doing
    INCOMPLETE = "incomplete"  # the run was ended before its profile was through


@dataclass(frozen=True)
class Check:
    """One objective, and what was measured.

    Attributes:
        stage: when.
        subject: an endpoint, or ``overall``.
        objective: its name in slo.toml; ``requests`` where there was none at all.
        limit, measured: in milliseconds, as a share, a second, or seconds.
        outcome: kept, breached or too few.
    """

    stage: str
    subject: str
    objective: str
    limit: float
    measured: float
    outcome: Outcome

    @property
    def strain(self) -> float:
        """Return how much of the limit was used up; above 1 it is breached."""
        worse, better = self.measured, self.limit
        if self.objective in ("throughput", "requests"):
            worse, better = better, worse
        return worse / better if better else float(worse > 0) * float("inf")

    def __str__(self) -> str:
        limit, measured = (shown(self.objective, value) for value in (self.limit, self.measured))
        return f"{self.objective} of {self.subject}: {measured}, objective {limit} ({self.stage})"


def shown(objective: str, value: float) -> str:
    """Return a value with its unit."""
    if objective == "error_rate":
        return f"{100 * value:.2f} %"
    if objective == "throughput":
        return f"{value:,.1f}/s"
    if objective == "requests":
        return f"{value:,.0f}"
    if objective == "longest_silence":
        return f"{value:,.0f} s"
    return f"{value:,.0f} ms"


def objectives_of(slo: Slo, profile: str, stage: Stage) -> dict[str, Objectives]:
    """Return what is to be kept in a stage of a profile, by endpoint and overall."""
    if stage.peak:
        return {OVERALL: slo.peak or Objectives(error_rate=slo.overall.error_rate)}
    return {OVERALL: slo.overall.override(slo.profiles.get(profile)), **slo.endpoints}


def judge(
    stage: str,
    measured: Snapshot,
    objectives: Mapping[str, Objectives],
    *,
    without: Collection[str] = (),
    partial: bool = False,
) -> list[Check]:
    """Compare what was measured in a stage with its objectives.

    Args:
        stage: its name.
        measured: what was measured, by endpoint and overall.
        objectives: what is to be kept.
        without: names of objectives to leave out.
        partial: whether only some users ran, so that an endpoint may have had no request.
    """
    checks: list[Check] = []
    for subject, wanted in objectives.items():
        seen = measured.get(subject, Measured())
        if seen.requests == 0:
            if subject == OVERALL or not partial:
                checks.append(Check(stage, subject, "requests", 1, 0, Outcome.BREACHED))
            continue
        for objective, limit in wanted.model_dump(exclude_none=True).items():
            if objective not in without:
                checks.append(_check(stage, subject, objective, limit, seen))
    return checks


def _check(stage: str, subject: str, objective: str, limit: float, seen: Measured) -> Check:
    if objective in PERCENTILES:
        percent = PERCENTILES[objective]
        value: float = seen.percentile(percent)
        if seen.requests * (100 - percent) < 100 * IN_THE_TAIL:
            return Check(stage, subject, objective, limit, value, Outcome.TOO_FEW)
        kept = value <= limit
    elif objective == "error_rate":
        value = seen.error_rate
        kept = value <= limit
    else:
        value = seen.throughput
        kept = value >= limit
    return Check(
        stage, subject, objective, limit, value, Outcome.KEPT if kept else Outcome.BREACHED
    )


def judge_silence(stage: str, answered: Sequence[float], limit: int) -> Check:
    """Tell whether good answers stayed away for too long.

    Users who wait do not ask: a service that stands still for half a minute gives but one slow
    answer to each, which no percentile and no error rate shows.

    Args:
        stage: its name.
        answered: how many good answers there were, second by second.
        limit: the most seconds in a row that may have none.
    """
    silences = (len(list(run)) for silent, run in groupby(answered, key=lambda n: not n) if silent)
    longest = max(silences, default=0)
    otherwise = sum(answered) / max(len(answered) - longest, 1)
    if longest <= limit:
        outcome = Outcome.KEPT
    elif any(answered) and longest * otherwise < MISSED:
        outcome = Outcome.TOO_FEW
    else:
        outcome = Outcome.BREACHED
    return Check(stage, OVERALL, "longest_silence", limit, longest, outcome)


def breaches(checks: Iterable[Check]) -> list[Check]:
    """Return the checks that were not kept."""
    return [check for check in checks if check.outcome is Outcome.BREACHED]


def worst(checks: Iterable[Check]) -> list[Check]:
    """Return one check for each objective: that of the stage which used up most of it."""
    found: dict[tuple[str, str], Check] = {}
    for check in checks:
        key = check.subject, check.objective
        if key not in found or _severity(check) > _severity(found[key]):
            found[key] = check
    return list(found.values())


def _severity(check: Check) -> tuple[bool, bool, float]:
    return check.outcome is Outcome.BREACHED, check.outcome is Outcome.KEPT, check.strain
