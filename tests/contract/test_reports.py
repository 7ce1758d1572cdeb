"""Work for the processor: bounded, repeatable, and in nobody's way."""

from __future__ import annotations

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from .deployment import Deployment
from .expect import is_problem, locations
from .raw import Answer, burst, request
from .visitor import Visitor, timed

QUIET = 0.25  # seconds; on a busy machine, too, but not behind a queue of reports


def test_the_same_work_has_the_same_result(visitor: Visitor) -> None:
    answers = [visitor.post("/api/reports", {"rounds": 1_000}) for _ in range(4)]
    assert {answer.status_code for answer in answers} == {200}, answers[0].text
    report = answers[0].json()
    assert set(report) == {"digest", "rounds"}
    assert report["rounds"] == 1_000
    assert isinstance(report["digest"], str)
    assert len(report["digest"]) >= 16
    assert all(answer.json() == report for answer in answers)
    other = visitor.post("/api/reports", {"rounds": 1_001}).json()
    assert other["digest"] != report["digest"]


@pytest.mark.parametrize(
    "rounds",
    [0, -1, 1.5, 10**15, 2**63, 10**30, None, "1000", "x", True, [], {}, [1000]],
    ids=lambda rounds: repr(rounds)[:24],
)
def test_rounds_out_of_bounds(visitor: Visitor, rounds: Any) -> None:
    problem = is_problem(visitor.post("/api/reports", {"rounds": rounds}), 422)
    assert "rounds" in locations(problem)


def test_no_rounds(visitor: Visitor) -> None:
    assert "rounds" in locations(is_problem(visitor.post("/api/reports", {}), 422))


@pytest.fixture(scope="module")
def long_rounds(new_visitor: Any) -> int:
    """How many rounds take about a fifth of a second."""
    visitor = new_visitor()
    rounds = 1_000
    while True:
        times: list[float] = []
        with timed(times):
            response = visitor.post("/api/reports", {"rounds": rounds})
        assert response.status_code == 200, f"too slow to measure: {response.text}"
        if times[0] > 0.15:
            return rounds
        faster = min(8.0, 0.25 / times[0])
        rounds = int(rounds * faster) + 1


def test_too_much_is_refused_and_everything_else_goes_on(
    deployment: Deployment, new_visitor: Any, long_rounds: int
) -> None:
    done = threading.Event()
    times: list[float] = []
    statuses: list[int] = []

    def watch() -> None:
        watcher = new_visitor()
        while not done.is_set():
            with timed(times):
                statuses.append(watcher.get("/healthz").status_code)
            time.sleep(0.01)

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            answers = storm(deployment, long_rounds)
        finally:
            done.set()
        watching.result()

    by_status = {answer.status_code: answer for answer in answers}
    assert set(by_status) == {200, 503}
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1
    is_problem(by_status[503], 503)
    assert int(by_status[503].headers["retry-after"]) >= 1
    assert set(statuses) == {200}
    assert statistics.median(times) < QUIET

    # It is over when it is over.
    visitor = new_visitor()
    deadline = time.monotonic() + 20
    while visitor.post("/api/reports", {"rounds": 1_000}).status_code != 200:
        assert time.monotonic() < deadline, "the pool does not recover"
        time.sleep(0.1)


def storm(deployment: Deployment, rounds: int) -> list[Answer]:
    """Ask for more reports at once than any pool should take."""
    count = 20 + 20 * deployment.processes
    return burst(
        deployment, [request(deployment, "POST", "/api/reports", {"rounds": rounds})] * count
    )
