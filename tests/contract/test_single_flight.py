"""One computation for everybody: what a hundred visitors at once cost after a write."""

from __future__ import annotations

import time

from .deployment import Deployment
from .prometheus import total
from .raw import burst
from .visitor import Visitor

VISITORS = 100


def computations(visitor: Visitor, deployment: Deployment) -> float:
    """Return how often the aggregate was computed, 0 where that cannot be seen."""
    if deployment.behind_balancer:
        return 0
    return total(visitor.metrics(), "cache_origin_total", cache="stats")


def test_one_computation_after_a_write(
    visitor: Visitor, author: Visitor, deployment: Deployment
) -> None:
    posts = author.get("/api/stats").json()["posts"]
    author.publish()
    time.sleep(deployment.staleness + 0.5)
    before = computations(visitor, deployment)
    answers = burst(deployment, VISITORS, "GET", "/api/stats")
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["posts"] == posts + 1
    if not deployment.behind_balancer:
        computed = computations(visitor, deployment) - before
        if deployment.shared_cache:
            assert computed == 1
        else:
            assert 1 <= computed <= deployment.processes


def test_none_while_it_is_fresh(visitor: Visitor, deployment: Deployment, settled: None) -> None:
    visitor.get("/api/stats")
    burst(deployment, VISITORS // 2, "GET", "/api/stats")
    before = computations(visitor, deployment)
    answers = burst(deployment, VISITORS, "GET", "/api/stats")
    assert {answer.status_code for answer in answers} == {200}
    # What is kept may come of age just now. Without a shared cache each process has its own.
    allowed = 1 if deployment.shared_cache else deployment.processes
    assert computations(visitor, deployment) - before <= allowed


def test_a_hundred_different_cold_requests_are_all_served(deployment: Deployment) -> None:
    answers = burst(deployment, VISITORS, "GET", f"/api/posts?limit=50&cold={time.time_ns()}")
    assert {answer.status_code for answer in answers} == {200}
    assert {len(answer.json()["items"]) for answer in answers} == {50}
