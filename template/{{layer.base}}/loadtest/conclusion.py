"""What a run has shown, and how certain that is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import takewhile

from . import verdict
from .comparison import Change
from .measured import OVERALL
from .run import Run, Step
from .verdict import Check, Outcome

# What a generator that is late makes look worse than it is.
DOUBTFUL = {"p50", "p95", "p99", "throughput", "longest_silence"}
REMEDY = "start more of it (--processes), or run it on another machine"


@dataclass
class Conclusion:
    """What a run has shown.

    Attributes:
        outcome: of the whole run; only "kept" is good.
        sentences: why, for people.
        checks: for each objective, the one that came closest to a breach.
        capacity: how many requests a second it can do while it keeps its objectives, where the
            profile finds that out.
    """

    outcome: Outcome
    sentences: list[str] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    capacity: float | None = None

    def against(self, changes: list[Change], *, saturated: bool) -> Conclusion:
        """Return the conclusion after a comparison with an earlier run.

        Args:
            changes: what came of it.
            saturated: whether the generator was, in this run.
        """
        worse = [change for change in changes if change.worse]
        if self.outcome is not Outcome.KEPT or not worse:
            return self
        sentences = [*self.sentences, *(f"Worse than before: {change}." for change in worse)]
        if saturated:
            sentences.append(f"The generator was saturated, and may be the cause: {REMEDY}.")
        outcome = Outcome.GENERATOR if saturated else Outcome.BREACHED
        return replace(self, outcome=outcome, sentences=sentences)


def conclude(run: Run) -> Conclusion:
    """Judge a run."""
    checks = verdict.worst(check for step in run.steps for check in step.checks)
    if not run.finished:
        sentence = "The run was ended before its profile was through."
        return Conclusion(Outcome.INCOMPLETE, [sentence], checks)
    if run.environment.runner and (faults := run.environment.runner.exceptions):
        message = next(iter(faults.values()))["msg"]
        sentence = f"The load test itself is at fault: {message}"
        return Conclusion(Outcome.INCOMPLETE, [sentence], checks)
    if run.lost_workers:
        sentence = "The generator lost some of its processes: what it measured is not the service."
        return Conclusion(Outcome.GENERATOR, [sentence], checks)
    if run.profile.until_broken:
        return _limit(run)
    return _plain(run, checks)


def _plain(run: Run, checks: list[Check]) -> Conclusion:
    """Judge a run whose stages are all to keep their objectives."""
    certain: list[Check] = []
    doubtful: list[Check] = []
    for step in run.steps:
        for check in step.breaches:
            doubted = step.health.saturated and check.objective in DOUBTFUL
            (doubtful if doubted else certain).append(check)
    sentences = [f"Breached: {check}." for check in verdict.worst(certain)]
    saturated = any(step.health.saturated for step in run.steps)
    if doubtful:
        names = "; ".join(str(check) for check in verdict.worst(doubtful))
        sentences.append(f"The generator was saturated, so this may be its own doing: {names}.")
        sentences.append(f"To know, {REMEDY}.")
    elif saturated:
        sentences.append("The generator was saturated: the service is better than these numbers.")
    if certain:
        return Conclusion(Outcome.BREACHED, sentences, checks)
    return Conclusion(Outcome.GENERATOR if doubtful else Outcome.KEPT, sentences, checks)


def _limit(run: Run) -> Conclusion:
    """Judge a run that went on until something broke."""
    bad = list(takewhile(lambda step: step.broken, reversed(run.steps)))
    good = run.steps[: len(run.steps) - len(bad)]
    first = bad[-1] if bad else None  # where it broke
    best = good[-1] if good else None
    capacity = best.throughput if best else 0.0
    saturated = first is not None and first.health.saturated

    if first is None:
        sentences = [f"It did not break, with {_load(run.steps[-1])}: add steps to its profile."]
    elif saturated:
        sentences = [
            f"The generator was at its limit with {_load(first)}: that is not the service's, which"
            f" is at least {capacity:,.0f} requests/s; to find it, {REMEDY}."
        ]
    else:
        reasons = "; ".join(str(check) for check in first.breaches)
        kept = f"It keeps its objectives with {_load(best)}, and " if best else "It "
        sentences = [f"{kept}breaks with {_load(first)}: {reasons}."]

    wanted = run.slo.overall.override(run.slo.profiles.get(run.name)).throughput or 0.0
    enough = best is not None and capacity >= wanted
    checks = verdict.worst(best.checks) if best else []
    outcome = Outcome.KEPT if enough else Outcome.BREACHED
    check = Check(run.name, OVERALL, "throughput", wanted, capacity, outcome)
    if not enough and saturated:
        outcome = Outcome.GENERATOR
    elif not enough:
        sentences.append(f"Breached: {check}.")
    return Conclusion(outcome, sentences, [check, *checks], capacity)


def _load(step: Step) -> str:
    return f"{step.stage.users} users and {step.throughput:,.0f} requests/s"


def exit_code(outcome: Outcome) -> int:
    """Return what the process ends with; 2 is also for what cannot be run at all."""
    codes = {Outcome.KEPT: 0, Outcome.BREACHED: 1, Outcome.INCOMPLETE: 2, Outcome.GENERATOR: 3}
    return codes[outcome]
