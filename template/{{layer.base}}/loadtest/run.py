"""One run: it goes through its profile, and keeps what was measured in each stage."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from locust.env import Environment
from locust.runners import MasterRunner

from . import generator, verdict
from .generator import Health
from .measured import OVERALL, Snapshot, between, snapshot
from .profiles import Profile, Stage
from .slo import Slo
from .verdict import Check


@dataclass(frozen=True)
class Sample:
    """A moment of the run, for progress and plots.

    Attributes:
        seconds: since the start of the run.
        users: how many there are.
        throughput, failures: a second, since the sample before.
        p50, p95, p99: milliseconds, likewise.
    """

    seconds: float
    users: int
    throughput: float
    failures: float
    p50: int
    p95: int
    p99: int


@dataclass
class Step:
    """A stage that was gone through.

    Attributes:
        stage: the stage.
        began, judged_from, ended: seconds since the start of the run.
        measured: what was measured while it was judged.
        health: the generator's, meanwhile.
        checks: what came of it.
    """

    stage: Stage
    began: float
    judged_from: float
    ended: float
    measured: Snapshot
    health: Health
    checks: list[Check] = field(default_factory=list)

    @property
    def throughput(self) -> float:
        """Return how many requests a second were answered as they should be."""
        return self.measured[OVERALL].throughput

    @property
    def breaches(self) -> list[Check]:
        """Return what was not kept."""
        return verdict.breaches(self.checks)

    @property
    def broken(self) -> bool:
        """Tell whether the service, or the generator, could not do more."""
        return bool(self.breaches) or self.health.saturated


class Run:
    """One run of a profile."""

    def __init__(
        self,
        environment: Environment,
        name: str,
        profile: Profile,
        slo: Slo,
        chosen: dict[str, list[str]],
    ) -> None:
        """Begin the first stage.

        Args:
            environment: Locust's.
            name: the profile's.
            profile: what to go through.
            slo: what to keep.
            chosen: the options by which only some users, or tasks, run.
        """
        self.environment = environment
        self.name = name
        self.profile = profile
        self.slo = slo
        self.chosen = chosen
        self.started_at = datetime.now(UTC)
        self.steps: list[Step] = []
        self.samples: list[Sample] = []
        self.finished = False
        self.lost_workers = False
        self._started = time.monotonic()
        self._stages = list(profile.stages)
        self._stage_started = 0.0
        self._users_before = 0
        self._settled: Snapshot | None = None
        self._health = Health()
        self._last: Snapshot | None = None
        generator.machine()  # counts from here

    @property
    def seconds(self) -> float:
        """Return how long it has taken."""
        return time.monotonic() - self._started

    def tick(self) -> tuple[int, float] | None:
        """Return how many users there are to be, and how many come or go in a second.

        Returns:
            None when the run is at its end.
        """
        stage = self._stages[0]
        elapsed = self.seconds - self._stage_started
        if self._settled is None and elapsed >= stage.settle:
            self._settled = self._snapshot()
            self._health = Health()
        if self._settled is not None and elapsed >= stage.seconds:
            self._close(stage, self._settled)
            if self._is_over():
                self.finished = True
                return None
            stage = self._stages[0]
        return stage.users, stage.spawn_rate(self._users_before)

    def sample(self) -> Sample | None:
        """Note how it goes; there is nothing to note at the very first."""
        runner = self.environment.runner
        self.lost_workers |= isinstance(runner, MasterRunner) and bool(runner.clients.missing)
        self._health.machine.append(generator.machine())
        last, self._last = self._last, self._snapshot()
        if last is None:
            return None
        recent = between(last, self._last)[OVERALL]
        sample = Sample(
            seconds=round(self.seconds, 1),
            users=runner.user_count if runner else 0,
            throughput=round(recent.throughput, 1),
            failures=round(recent.failures / recent.seconds, 1),
            p50=recent.percentile(50),
            p95=recent.percentile(95),
            p99=recent.percentile(99),
        )
        self.samples.append(sample)
        return sample

    def hear(self, process: str, report: dict[str, Any]) -> None:
        """Take the report of a process of the generator (``Pulse.report``)."""
        self._health.add(process, report)

    def _snapshot(self) -> Snapshot:
        return snapshot(self.environment.stats, self.seconds)

    def _close(self, stage: Stage, settled: Snapshot) -> None:
        """End a stage, and judge it."""
        ended = self._snapshot()
        step = Step(
            stage,
            began=self._stage_started,
            judged_from=settled[OVERALL].seconds,
            ended=ended[OVERALL].seconds,
            measured=between(settled, ended),
            health=self._health,
        )
        if stage.judged:
            step.checks = verdict.judge(
                stage.name,
                step.measured,
                verdict.objectives_of(self.slo, self.name, stage),
                # With each step more is asked for; what the best of them got is judged at the end.
                without=("throughput",) if self.profile.until_broken else (),
                partial=bool(self.chosen),
            )
            # One sample is one second, however late it came: that was the generator's doing.
            answered = [
                sample.throughput
                for sample in self.samples
                if step.judged_from < sample.seconds <= step.ended
            ]
            silence = verdict.judge_silence(stage.name, answered, self.slo.longest_silence)
            step.checks.append(silence)
        self.steps.append(step)
        self._stages.pop(0)
        self._stage_started = step.ended
        self._users_before = stage.users
        self._settled = None
        self._health = Health()

    def _is_over(self) -> bool:
        if not self._stages or not self.profile.until_broken:
            return not self._stages
        # One bad step may be chance; if it was, the next is good again, though it has more users.
        bad = [step.broken for step in self.steps[-2:]] == [True, True]
        return bad or self.steps[-1].health.saturated
