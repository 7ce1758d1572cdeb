"""The balancer keeps public answers, for a moment, and nothing that is somebody's own."""

from __future__ import annotations

import re
import time
from uuid import uuid4

import httpx2
import pytest

from .load import Load, Request
from .running import Stack

OPERATIONS = re.compile("/(healthz|metrics|readyz)")
STALENESS = 2.0  # CACHE_STALENESS
MARGIN = 1.0  # seconds that a busy machine may add


def origin(stack: Stack) -> float:
    """Return how many requests have reached the replicas, those of the balancer itself apart."""
    time.sleep(0.5)  # the workers add up some times a second
    total = 0.0
    script = (
        "import urllib.request\n"
        "print(urllib.request.urlopen('http://127.0.0.1:8000/metrics').read().decode())"
    )
    for replica in stack.replicas():
        for line in stack.python(replica, "-c", script).splitlines():
            if line.startswith("http_requests_total{") and not OPERATIONS.search(line):
                total += float(line.rpartition(" ")[2])
    return total


def test_few_of_many_requests_reach_the_replicas(stack: Stack) -> None:
    before = origin(stack)
    started = time.monotonic()
    with Load(stack.port, lambda: Request("GET", "/api/posts?limit=21")) as running:
        running.wait_for(2_000)
    seconds = time.monotonic() - started
    assert {answer.status for answer in running.answers} == {200}
    # One a second, when what is kept becomes old; and at such a moment, one for each client.
    assert origin(stack) - before <= (seconds + 2) * 20


@pytest.mark.parametrize(
    "headers",
    [{"Cookie": "theme=dark"}, {"Authorization": "Bearer x"}],
    ids=lambda h: next(iter(h)),
)
def test_who_may_be_somebody_is_asked_for_at_the_origin(
    stack: Stack, headers: dict[str, str]
) -> None:
    since = time.time()
    for _ in range(5):
        assert stack.get("/api/posts?limit=17", headers).status_code == 200
    lines = [line for line in stack.logs("balancer", since) if line["path"] == "/api/posts"]
    assert len(lines) >= 5
    assert not [line for line in lines if line["cache_hit"]]


def test_what_is_kept_tells_its_age(stack: Stack) -> None:
    """A browser takes it off the time for which it may keep the answer."""
    since = time.time()
    dates = []
    while time.time() - since < 5:
        dates.append(stack.get("/api/posts?limit=23").headers["date"])
    time.sleep(0.5)  # a line is written after its answer
    lines = [line for line in stack.logs("balancer", since) if line["path"] == "/api/posts"]
    hits = [line["cache_hit"] for line in lines[-len(dates) :]]
    assert any(hits)
    made = None
    for date, hit in zip(dates, hits, strict=True):
        made = made if hit and made else date
        assert date == made


def test_what_is_private_is_never_kept(stack: Stack, cookie: str) -> None:
    since = time.time()
    for path in ("/api/session", "/readyz", "/not-there", "/api/posts?limit=0"):
        for _ in range(3):
            stack.get(path)
    hits = [line["path"] for line in stack.logs("balancer", since) if line["cache_hit"]]
    assert not set(hits) & {"/api/session", "/readyz", "/not-there"}
    first, second = (stack.get("/api/session") for _ in range(2))
    assert first.headers["set-cookie"] != second.headers["set-cookie"]


def test_the_query_and_its_order_are_part_of_the_key(stack: Stack) -> None:
    for query, count in (
        ("limit=2&x=1", 2),
        ("x=1&limit=3", 3),
        ("limit=2", 2),
        ("limit=3", 3),
        ("x=limit=2&limit=4", 4),
    ):
        for _ in range(2):
            page = stack.get(f"/api/posts?{query}").json()
            assert len(page["items"]) == count, query


def test_an_encoding_is_not_given_to_who_cannot_read_it(stack: Stack) -> None:
    for _ in range(2):
        for coding, expected in (("gzip", "gzip"), ("identity", None), ("br", None)):
            answer = stack.get("/api/posts?limit=30", {"Accept-Encoding": coding})
            assert answer.headers.get("content-encoding") == expected
            assert "accept-encoding" in answer.headers["vary"].lower()
            assert len(answer.json()["items"]) == 30


def test_a_write_is_seen_by_all_within_the_bound(stack: Stack, cookie: str) -> None:
    signed_in = {"Cookie": cookie}
    path = "/api/posts?limit=1"
    for _ in range(3):
        for _ in range(5):
            stack.get(path)
        title = uuid4().hex
        post = {"title": title, "body": "Text", "tags": []}
        answer = httpx2.post(
            f"{stack.url}/api/posts", json=post, headers=signed_in, timeout=20, trust_env=False
        )
        assert answer.status_code == 201
        written = time.monotonic()
        assert stack.get(path, signed_in).json()["items"][0]["title"] == title, "who wrote sees it"
        while stack.get(path).json()["items"][0]["title"] != title:
            assert time.monotonic() - written < STALENESS + MARGIN
