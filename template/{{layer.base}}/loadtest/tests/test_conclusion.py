"""What is said of a run, and how its process ends."""

from typing import Any

import pytest
from locust.env import Environment
from locust.stats import RequestStats

from ..comparison import Change
from ..conclusion import conclude, exit_code
from ..generator import CPU_LIMIT, LAG_LIMIT, Health
from ..measured import OVERALL, snapshot
from ..profiles import Profile, Stage
from ..run import Run, Step
from ..slo import Objectives, Slo
from ..verdict import Outcome, judge

SLO = Slo(
    overall=Objectives(p50=50, error_rate=0.01),
    profiles={"stress": Objectives(throughput=20)},
)
CALM = {"cpu": 10.0, "lags": [1.0]}
BUSY = {"cpu": CPU_LIMIT, "lags": [1.0]}
LATE = {"cpu": 10.0, "lags": [LAG_LIMIT]}


def step(users: int, milliseconds: int, report: dict[str, Any], failures: int = 0) -> Step:
    """Return a stage of ten seconds in which each user had ten requests answered."""
    stats = RequestStats()
    for _ in range(10 * users):
        stats.log_request("GET", "/it", milliseconds, 1)
    for _ in range(failures):
        stats.log_error("GET", "/it", "500")
    stage = Stage(f"{users} users", users, seconds=11, settle=1)
    health = Health()
    health.add("local", report)
    seen = snapshot(stats, 10)
    checks = judge(stage.name, seen, {OVERALL: SLO.overall})
    return Step(stage, 0, 1, 11, seen, health, checks)


def run(*steps: Step, until_broken: bool = False) -> Run:
    profile = Profile("a test", tuple(step.stage for step in steps), until_broken)
    name = "stress" if until_broken else "smoke"
    made = Run(Environment(), name, profile, SLO, {})
    made.steps = list(steps)
    made.finished = True
    return made


@pytest.mark.parametrize(
    ("only", "outcome", "code"),
    [
        (step(10, 10, CALM), Outcome.KEPT, 0),
        (step(10, 90, CALM), Outcome.BREACHED, 1),
        (step(10, 10, CALM, failures=9), Outcome.BREACHED, 1),
        (step(10, 90, BUSY), Outcome.GENERATOR, 3),
        (step(10, 90, LATE), Outcome.GENERATOR, 3),
        (step(10, 10, BUSY), Outcome.KEPT, 0),  # the service is better still
        (step(10, 10, BUSY, failures=9), Outcome.BREACHED, 1),  # nobody's fault but its own
    ],
)
def test_a_saturated_generator_is_never_the_service(
    only: Step, outcome: Outcome, code: int
) -> None:
    conclusion = conclude(run(only))
    assert conclusion.outcome is outcome
    assert exit_code(conclusion.outcome) == code
    said = "generator was saturated" in " ".join(conclusion.sentences)
    assert said == only.health.saturated


def test_the_limit_is_that_of_the_last_good_step() -> None:
    conclusion = conclude(
        run(
            step(10, 90, CALM),  # chance: the next is good again
            step(20, 10, CALM),
            step(30, 10, CALM),
            step(45, 90, CALM),
            step(68, 90, BUSY),
            until_broken=True,
        )
    )
    assert (conclusion.outcome, conclusion.capacity) == (Outcome.KEPT, 30)
    assert "breaks with 45 users" in conclusion.sentences[0]
    assert "p50 of overall: 90 ms" in conclusion.sentences[0]


def test_a_low_limit_is_a_breach() -> None:
    conclusion = conclude(run(step(10, 10, CALM), step(15, 90, CALM), until_broken=True))
    assert conclusion.outcome is Outcome.BREACHED
    assert "throughput of overall: 10.0/s, objective 20.0/s" in conclusion.sentences[-1]
    assert conclude(run(step(15, 90, CALM), until_broken=True)).outcome is Outcome.BREACHED


def test_the_generators_limit_is_not_the_services() -> None:
    conclusion = conclude(run(step(10, 10, CALM), step(15, 90, BUSY), until_broken=True))
    assert conclusion.outcome is Outcome.GENERATOR
    assert "not the service's" in conclusion.sentences[0]
    enough = conclude(run(step(20, 10, CALM), step(30, 90, BUSY), until_broken=True))
    assert enough.outcome is Outcome.KEPT
    assert "not the service's" in enough.sentences[0]


def test_a_run_that_was_ended_early_is_not_judged() -> None:
    ended = run(step(10, 10, CALM))
    ended.finished = False
    assert conclude(ended).outcome is Outcome.INCOMPLETE
    assert exit_code(Outcome.INCOMPLETE) == 2


def test_a_lost_process_of_the_generator_is_said() -> None:
    lost = run(step(10, 10, CALM))
    lost.lost_workers = True
    assert conclude(lost).outcome is Outcome.GENERATOR


def test_worse_than_before() -> None:
    conclusion = conclude(run(step(10, 10, CALM)))
    change = Change("smoke", OVERALL, "p95", before=10, now=40, worse=True)
    worse = conclusion.against([change], saturated=False)
    assert worse.outcome is Outcome.BREACHED
    assert worse.sentences == [
        "Worse than before: p95 of overall went from 10 ms to 40 ms (smoke)."
    ]
    assert conclusion.against([change], saturated=True).outcome is Outcome.GENERATOR
