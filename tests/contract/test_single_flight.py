"""One computation for everybody: what many visitors at once cost after a write."""

from __future__ import annotations

import time

from .deployment import Deployment
from .prometheus import total
from .raw import Answer, burst, request
from .visitor import Visitor

VISITORS = 100
LISTS = 50  # different ones


def visit(deployment: Deployment, *paths: str) -> list[Answer]:
    """Ask for all the paths at once, and insist that all are answered."""
    answers = burst(deployment, [request(deployment, "GET", path) for path in paths])
    assert {answer.status_code for answer in answers} == {200}
    return answers


def computations(visitor: Visitor, **labels: str) -> float:
    """Return how often the service had to compute an answer, 0 where that cannot be seen."""
    if visitor.deployment.behind_balancer:
        return 0
    return total(visitor.metrics(), "cache_origin_total", **labels)


def once(deployment: Deployment, answers: int = 1) -> range:
    """Return how many computations may be seen: one of each answer by all who share a cache."""
    if deployment.behind_balancer:
        return range(1)
    most = answers if deployment.shared_cache else answers * deployment.processes
    return range(answers, most + 1)


def test_one_computation_of_each_answer_after_a_write(
    visitor: Visitor, author: Visitor, deployment: Deployment
) -> None:
    posts = author.get("/api/stats").json()["posts"]
    post = author.publish()
    time.sleep(deployment.staleness + 0.5)
    before = computations(visitor)
    for answer in visit(deployment, *["/api/stats"] * VISITORS):
        assert answer.json()["posts"] == posts + 1
    after = computations(visitor)
    assert after - before in once(deployment)

    # Many at a time: processes that do not wait for each other are sure to be seen.
    paths = [f"/api/posts?limit={limit}" for limit in range(1, LISTS + 1)]
    for number, answer in enumerate(visit(deployment, *paths * 4)):
        items = answer.json()["items"]
        assert (len(items), items[0]) == (number % LISTS + 1, post)
    assert computations(visitor) - after in once(deployment, answers=LISTS)


def test_none_while_it_is_fresh(visitor: Visitor, deployment: Deployment, settled: None) -> None:
    visit(deployment, *["/api/stats"] * VISITORS)
    before = computations(visitor, cache="stats")
    visit(deployment, *["/api/stats"] * VISITORS)
    # What is kept may come of age just now. Without a shared cache each process has its own.
    allowed = 1 if deployment.shared_cache else deployment.processes
    assert computations(visitor, cache="stats") - before <= allowed
