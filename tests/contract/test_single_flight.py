"""One computation for everybody: what many visitors at once cost after a write."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def computing(visitor: Visitor, least: int, most: int, **labels: str) -> Iterator[None]:
    """Insist on so many computations in the block, by each of those who share a cache.

    A balancer hides the metrics: behind one, nothing is counted.
    """
    deployment = visitor.deployment
    if deployment.behind_balancer:
        yield
        return

    def computations() -> float:
        return total(visitor.metrics(), "cache_origin_total", **labels)

    before, started = computations(), time.monotonic()
    yield
    caches = 1 if deployment.shared_cache else deployment.processes
    # Without a shared cache an entry lives for half of the bound: on a slow machine, some lives.
    lives = (
        1
        if deployment.shared_cache
        else 1 + 2 * (time.monotonic() - started) / deployment.staleness
    )
    assert least <= computations() - before <= most * caches * lives


def test_one_computation_of_each_answer_after_a_write(
    visitor: Visitor, author: Visitor, deployment: Deployment
) -> None:
    posts = author.get("/api/stats").json()["posts"]
    post = author.publish()
    time.sleep(deployment.staleness + 0.5)
    with computing(visitor, 1, 1):
        answers = visit(deployment, *["/api/stats"] * VISITORS)
    assert {answer.json()["posts"] for answer in answers} == {posts + 1}

    # Many at a time: processes that do not wait for each other are sure to be seen.
    paths = [f"/api/posts?limit={limit}" for limit in range(1, LISTS + 1)]
    with computing(visitor, LISTS, LISTS):
        answers = visit(deployment, *paths * 4)
    for number, answer in enumerate(answers):
        items = answer.json()["items"]
        assert (len(items), items[0]) == (number % LISTS + 1, post)


def test_none_while_it_is_fresh(visitor: Visitor, deployment: Deployment, settled: None) -> None:
    visit(deployment, *["/api/stats"] * VISITORS)
    with computing(visitor, 0, 1, cache="stats"):  # what is kept may come of age just now
        visit(deployment, *["/api/stats"] * VISITORS)
