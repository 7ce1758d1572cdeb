"""Reading posts: their shape, their order, and page after page of them."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from .expect import is_problem, locations, media_type
from .visitor import Visitor

RFC_3339_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")


def check_post(post: dict[str, Any]) -> None:
    """Insist on the fields of a post and their types."""
    assert set(post) == {"id", "title", "body", "published_at", "author", "tags"}
    assert type(post["id"]) is int
    assert isinstance(post["title"], str)
    assert isinstance(post["body"], str)
    assert RFC_3339_UTC.fullmatch(post["published_at"]), post["published_at"]
    assert set(post["author"]) == {"id", "name"}
    assert type(post["author"]["id"]) is int
    assert isinstance(post["author"]["name"], str)
    assert all(isinstance(tag, str) for tag in post["tags"])
    assert len(set(post["tags"])) == len(post["tags"])


def published(post: dict[str, Any]) -> tuple[datetime, int]:
    """Return what posts are ordered by."""
    return datetime.fromisoformat(post["published_at"]), post["id"]


def walk(visitor: Visitor, limit: int = 100) -> list[dict[str, Any]]:
    """Return the posts of the first pages."""
    return [post for page in visitor.pages(limit) for post in page["items"]]


def test_the_list(visitor: Visitor) -> None:
    response = visitor.get("/api/posts")
    assert response.status_code == 200
    assert media_type(response) == "application/json"
    page = response.json()
    assert set(page) == {"items", "next"}
    assert len(page["items"]) == 20
    assert isinstance(page["next"], str)
    for post in page["items"]:
        check_post(post)


def test_the_seeded_posts_are_worth_testing_with(visitor: Visitor) -> None:
    posts = walk(visitor)
    assert len(posts) >= 100, "seed at least 100 posts"
    assert len({post["author"]["id"] for post in posts}) > 1
    assert any(len(post["tags"]) > 1 for post in posts)


def test_newest_first_and_not_from_the_future(author: Visitor) -> None:
    keys = [published(post) for post in walk(author)]
    assert keys == sorted(keys, reverse=True)
    now = datetime.fromisoformat(author.publish()["published_at"])
    assert keys[0][0] <= now + timedelta(seconds=1)


def test_the_pages_hold_every_post_once(author: Visitor) -> None:
    pages = list(author.pages(limit=100))
    posts = [post["id"] for page in pages for post in page["items"]]
    assert len(set(posts)) == len(posts)
    assert all(len(page["items"]) == 100 for page in pages[:-1])
    if pages[-1]["next"] is None:
        assert len(posts) == author.get("/api/stats").json()["posts"]


@pytest.mark.parametrize("limit", [1, 7, 33])
def test_any_size_of_page_gives_the_same_posts(author: Visitor, limit: int) -> None:
    expected = [post["id"] for post in walk(author)]
    pages = [page["items"] for page in author.pages(limit, most=30)]
    found = [post["id"] for page in pages for post in page]
    assert found == expected[: len(found)]
    assert all(len(page) == limit for page in pages[:-1])


def test_posts_published_between_two_pages_disturb_no_walk(author: Visitor) -> None:
    expected = [post["id"] for post in walk(author)]
    found: list[int] = []
    for number, page in enumerate(author.pages(limit=40)):
        found += [post["id"] for post in page["items"]]
        if number < 3:
            author.publish()
    assert found == expected[: len(found)]
    assert len(found) >= min(len(expected), 3 * 40)


def test_a_cursor_serves_any_limit(visitor: Visitor, settled: None) -> None:
    first = visitor.get("/api/posts?limit=5").json()
    rest = visitor.get("/api/posts", params={"after": first["next"], "limit": "3"}).json()
    assert len(rest["items"]) == 3
    assert published(first["items"][-1]) > published(rest["items"][0])


@pytest.mark.parametrize("limit", ["1", "100"])
def test_limits_that_are_allowed(visitor: Visitor, limit: str) -> None:
    assert len(visitor.get(f"/api/posts?limit={limit}").json()["items"]) == int(limit)


@pytest.mark.parametrize(
    "limit", ["0", "-1", "101", "1000000", "9" * 30, "1.5", "1e1", "ten", "", "%20", "0x10", "null"]
)
def test_limits_that_are_not(visitor: Visitor, limit: str) -> None:
    problem = is_problem(visitor.get(f"/api/posts?limit={limit}"), 422)
    assert problem["errors"][0]["loc"][0] == "query"
    assert "limit" in locations(problem)


@pytest.mark.parametrize(
    "cursor",
    [
        *(
            "x",
            "0",
            "-1",
            "!!!",
            "=",
            "%00",
            "%ff",
            "%F0%9F%90%98",
            "../../etc/passwd",
            "'%20OR%201=1",
        ),
        *(
            "bm90LWEtY3Vyc29y",
            "e30",
            "e30=",
            "W10=",
            "bnVsbA==",
            "MQ==",
            "MTox",
            "9" * 40,
            "A" * 2000,
        ),
    ],
)
def test_cursors_that_nobody_gave_out(visitor: Visitor, cursor: str) -> None:
    problem = is_problem(visitor.get(f"/api/posts?after={cursor}"), 422)
    assert "after" in locations(problem)


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-01-01T00:00:00"]
)
def test_forged_cursors(visitor: Visitor, moment: str) -> None:
    """At the ends of the calendar, where no other zone can say what time it is; and without one."""
    forged = urlsafe_b64encode(f"{moment} 5".encode()).decode().rstrip("=")
    problem = is_problem(visitor.get(f"/api/posts?after={forged}"), 422)
    assert "after" in locations(problem)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_cursors_of_other_ages(visitor: Visitor, moment: str) -> None:
    cursor = urlsafe_b64encode(f"{moment} 5".encode()).decode().rstrip("=")
    assert visitor.get(f"/api/posts?after={cursor}").status_code == 200


def test_a_cursor_that_was_cut(visitor: Visitor) -> None:
    cursor = visitor.get("/api/posts?limit=1").json()["next"]
    for length in range(1, len(cursor)):
        response = visitor.get("/api/posts", params={"after": cursor[:length], "limit": "1"})
        assert response.status_code in {200, 422}, response.text


@pytest.mark.parametrize(
    "query", ["limit=1&limit=2", "limit=%EF%BC%91", "nothing=1", "after=", "&&&", "=1"]
)
def test_odd_queries_break_nothing(visitor: Visitor, query: str) -> None:
    response = visitor.get(f"/api/posts?{query}")
    assert response.status_code in {200, 422}, response.text


def test_one_post(visitor: Visitor, settled: None) -> None:
    listed = visitor.get("/api/posts?limit=3").json()["items"]
    for post in listed:
        response = visitor.get(f"/api/posts/{post['id']}")
        assert (response.status_code, response.json()) == (200, post)


@pytest.mark.parametrize(
    "identity", ["0", "999999999", str(2**31), str(2**63), str(2**64), "9" * 60]
)
def test_a_post_that_is_not_there(visitor: Visitor, identity: str) -> None:
    # What no column holds may also be called invalid.
    statuses = (404,) if 0 < int(identity) < 2**31 else (404, 422)
    is_problem(visitor.get(f"/api/posts/{identity}"), *statuses)


@pytest.mark.parametrize("identity", ["x", "-1", "1.5", "1e3", "null", "%20", "NaN", "%EF%BC%91"])
def test_a_post_whose_id_is_no_number(visitor: Visitor, identity: str) -> None:
    response: httpx2.Response = visitor.get(f"/api/posts/{identity}")
    is_problem(response, 404, 422)
