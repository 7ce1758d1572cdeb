"""Locust's own statistics, judged."""

import pytest
from locust.stats import RequestStats

from ..measured import OVERALL, Snapshot, between, snapshot
from ..slo import Objectives
from ..verdict import Outcome, breaches, judge, judge_silence

NAME = "GET /it"
SECONDS = 10


def measured(times: list[int], failures: int = 0) -> Snapshot:
    """Return what Locust has after requests that took so many milliseconds."""
    stats = RequestStats()
    stats.log_request("GET", "/it", 9000, 10)  # before anything is judged
    settled = snapshot(stats, 5)
    for time in times:
        stats.log_request("GET", "/it", time, 10)
    for _ in range(failures):
        stats.log_error("GET", "/it", "500")
    return between(settled, snapshot(stats, 5 + SECONDS))


def outcomes(seen: Snapshot, objectives: Objectives) -> dict[str, Outcome]:
    return {check.objective: check.outcome for check in judge("now", seen, {NAME: objectives})}


@pytest.mark.parametrize(
    ("objectives", "breached"),
    [
        ({"p50": 10, "p95": 100, "p99": 900}, []),
        ({"p50": 9}, ["p50"]),
        ({"p95": 99}, ["p95"]),
        ({"p99": 899}, ["p99"]),
        ({"error_rate": 0.02, "throughput": 98}, []),
        ({"error_rate": 0.0199}, ["error_rate"]),
        ({"throughput": 98.1}, ["throughput"]),
    ],
)
def test_each_objective(objectives: dict[str, float], breached: list[str]) -> None:
    times = [10] * 900 + [100] * 80 + [900] * 20
    checks = judge("now", measured(times, failures=20), {NAME: Objectives(**objectives)})
    assert len(checks) == len(objectives)
    assert [check.objective for check in breaches(checks)] == breached


def test_a_breach_names_itself() -> None:
    [check] = breaches(judge("now", measured([200] * 100), {NAME: Objectives(p50=50, p95=300)}))
    assert str(check) == "p50 of GET /it: 200 ms, objective 50 ms (now)"


def test_nothing_asked_is_a_breach() -> None:
    for subject in (NAME, OVERALL):
        [check] = judge("now", measured([]), {subject: Objectives(p50=50)})
        assert (check.objective, check.outcome) == ("requests", Outcome.BREACHED)
    assert judge("now", measured([]), {NAME: Objectives(p50=50)}, partial=True) == []
    assert judge("now", measured([]), {OVERALL: Objectives(p50=50)}, partial=True)


def test_a_single_slow_answer_is_no_percentile() -> None:
    objectives = Objectives(p95=50, error_rate=0)
    seen = outcomes(measured([10] * 38 + [900]), objectives)
    assert seen == {"p95": Outcome.TOO_FEW, "error_rate": Outcome.KEPT}
    assert outcomes(measured([10] * 38 + [900] * 2), objectives)["p95"] is Outcome.BREACHED


@pytest.mark.parametrize(
    ("answered", "seconds", "outcome"),
    [
        ([50.0] * 20, 0, Outcome.KEPT),
        ([50.0, *[0.0] * 5, 50.0, *[0.0] * 5, 50.0], 5, Outcome.KEPT),
        ([50.0, *[0.0] * 6, 50.0], 6, Outcome.BREACHED),
        ([0.0] * 6, 6, Outcome.BREACHED),
        ([1.0, *[0.0] * 6, 1.0], 6, Outcome.TOO_FEW),  # who asks so rarely may have asked nothing
        ([], 0, Outcome.KEPT),
    ],
)
def test_a_silence(answered: list[float], seconds: int, outcome: Outcome) -> None:
    check = judge_silence("now", answered, 5)
    assert (check.measured, check.outcome) == (seconds, outcome)


def test_overall_is_all_endpoints() -> None:
    stats = RequestStats()
    nothing = snapshot(stats, 0)
    stats.log_request("GET", "/a", 10, 1)
    stats.log_request("POST", "/b", 30, 1)
    seen = between(nothing, snapshot(stats, 2))
    assert {name: found.requests for name, found in seen.items()} == {
        OVERALL: 2,
        "GET /a": 1,
        "POST /b": 1,
    }
    assert seen[OVERALL].throughput == 1
