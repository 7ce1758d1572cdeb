"""The balancer tells of every request, once."""

from __future__ import annotations

import re
import time
from datetime import datetime

import httpx2

from .running import Stack, eventually


def test_one_line_for_each_request(stack: Stack) -> None:
    since = time.time()
    marker = f"/not-there-{since:.0f}"
    answers = [stack.get(f"{marker}?token=secret") for _ in range(5)]

    def told() -> bool:
        return len([line for line in stack.logs("balancer", since) if line["path"] == marker]) == 5

    eventually(told, 5)
    lines = [line for line in stack.logs("balancer", since) if line["path"] == marker]
    assert {line["request_id"] for line in lines} == {a.headers["x-request-id"] for a in answers}
    for line in lines:
        assert line["status"] == 404
        assert line["method"] == "GET"
        assert line["bytes"] > 100
        assert line["total_ms"] >= 0
        assert line["server"]
        assert re.fullmatch(r"[0-9a-f.:]+", line["client"])
        assert abs(datetime.fromisoformat(line["time"]).timestamp() - since) < 60
        assert "secret" not in str(line)


def test_hits_of_the_cache_are_told(stack: Stack) -> None:
    since = time.time()
    for _ in range(10):
        stack.get("/api/posts?limit=13")
    hits = [line["cache_hit"] for line in stack.logs("balancer", since) if line["status"] == 200]
    assert True in hits


def test_what_the_balancer_answers_itself_is_told_as_it_was_asked(stack: Stack) -> None:
    since = time.time()
    path = f"/metrics/{since:.0f}"
    answer = httpx2.post(stack.url + path, timeout=20, trust_env=False)
    assert answer.status_code == 404

    def told() -> list[dict[str, object]]:
        return [line for line in stack.logs("balancer", since) if line["path"] == path]

    eventually(lambda: bool(told()), 5)
    (line,) = told()
    assert (line["method"], line["status"]) == ("POST", 404)
