"""Writing posts: who may, what is refused, and who sees it when."""

from __future__ import annotations

import time
import unicodedata
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from .deployment import MARGIN, Deployment
from .expect import is_problem, locations
from .raw import burst, request
from .test_posts import check_post
from .visitor import Account, Visitor

POST = {"title": "Title", "body": "Text", "tags": ["contract"]}
LONGEST = 50_000  # characters of a body


def test_only_who_is_signed_in_may_publish(visitor: Visitor, author: Visitor) -> None:
    posts = author.get("/api/stats").json()["posts"]
    is_problem(visitor.post("/api/posts", POST), 401)
    visitor.session()
    is_problem(visitor.post("/api/posts", POST), 401)
    assert author.get("/api/stats").json()["posts"] == posts  # who writes sees all at once


def test_a_post_is_published_where_it_says(author: Visitor, authors_account: Account) -> None:
    response = author.post("/api/posts", {**POST, "tags": ["one", "two"]})
    assert response.status_code == 201, response.text
    post = response.json()
    check_post(post)
    assert (post["title"], post["body"]) == (POST["title"], POST["body"])
    assert sorted(post["tags"]) == ["one", "two"]
    assert post["author"]["name"] == authors_account.name
    location = httpx2.URL(author.deployment.base_url).join(response.headers["location"])
    assert location.path == f"/api/posts/{post['id']}"
    assert author.get(location.path).json() == post


def test_who_writes_sees_it_at_once(author: Visitor) -> None:
    for _ in range(3):
        stats = author.get("/api/stats").json()
        author.get("/api/posts")
        post = author.publish()
        for _ in range(author.deployment.tries):
            assert author.get("/api/posts").json()["items"][0] == post
        assert author.get("/api/posts?limit=1").json()["items"] == [post]
        assert author.get("/api/stats").json()["posts"] == stats["posts"] + 1
        assert author.get(f"/api/posts/{post['id']}").json() == post


def test_everybody_else_sees_it_within_the_bound(
    author: Visitor, visitor: Visitor, deployment: Deployment
) -> None:
    paths = ("/api/posts", "/api/stats")
    # Every layer of every process has the old answers.
    for path in paths * deployment.tries:
        visitor.get(path)
    posts = author.get("/api/stats").json()["posts"]
    post = author.publish()
    bound = time.monotonic() + deployment.staleness
    deadline = bound + MARGIN

    def seen() -> bool:
        listed, stats = (visitor.get(path).json() for path in paths)
        return listed["items"][0] == post and bool(stats["posts"] == posts + 1)

    while not seen():
        # Asking all the time must not keep the old answers alive.
        assert time.monotonic() < deadline, "the old answers outlive the bound"
        time.sleep(0.05)
    time.sleep(max(0.0, bound + 0.3 - time.monotonic()))
    assert all(seen() for _ in range(deployment.tries)), "a process still has the old answers"


def test_a_post_that_was_missing_is_there_once_published(
    author: Visitor, visitor: Visitor, deployment: Deployment
) -> None:
    following = author.publish()["id"] + 1
    for _ in range(deployment.tries):
        visitor.get(f"/api/posts/{following}")
    for _ in range(5):
        post = author.publish()
        if post["id"] >= following:
            break
    assert author.get(f"/api/posts/{post['id']}").status_code == 200
    deadline = time.monotonic() + deployment.staleness + MARGIN
    while visitor.get(f"/api/posts/{post['id']}").status_code != 200:
        assert time.monotonic() < deadline, "that it is missing was kept for too long"
        time.sleep(0.1)


@pytest.mark.parametrize(
    "text",
    ["🐘 naïve עברית", "<script>alert(1)</script>", "'; DROP TABLE posts; --", 'a\n"b"\\ \u2028.'],
)
def test_text_is_kept_as_it_is(author: Visitor, text: str) -> None:
    post = author.publish(title=text, body=text)
    assert (post["title"], post["body"]) == (text, text)
    listed = author.get("/api/posts?limit=1").json()["items"][0]
    assert (listed["title"], listed["body"]) == (text, text)


def test_tags_may_differ_by_case_and_accent_alone(author: Visitor) -> None:
    """To some databases they are one tag, which then has the spelling that came first."""
    word = f"cafe{uuid4().hex[:8]}"
    accented = word.replace("e", "é", 1)
    for tags in ([accented, word.upper()], [word], [word, accented]):
        shown = author.publish(tags=tags)["tags"]
        assert shown
        assert {plain(tag) for tag in shown} == {word}


def plain(tag: str) -> str:
    """Return a tag in small letters without their accents."""
    return unicodedata.normalize("NFKD", tag.casefold()).encode("ascii", "ignore").decode()


INVALID: list[tuple[str, Any]] = [
    ("title", ""),
    ("title", "t" * 10_000),
    ("title", None),
    ("title", 1),
    ("title", "nul\0nul"),
    ("body", None),
    ("body", ["text"]),
    ("body", "nul\0nul"),
    ("tags", None),
    ("tags", "contract"),
    ("tags", {"contract": True}),
    ("tags", [1]),
    ("tags", [None]),
    ("tags", [["contract"]]),
    ("tags", [""]),
    ("tags", ["t" * 1_000]),
    ("tags", ["nul\0nul"]),
    ("tags", [f"tag{number}" for number in range(1_000)]),
]


@pytest.mark.parametrize(("field", "value"), INVALID, ids=lambda part: repr(part)[:24])
def test_what_is_invalid_is_named(author: Visitor, field: str, value: Any) -> None:
    problem = is_problem(author.post("/api/posts", {**POST, field: value}), 422)
    for error in problem["errors"]:
        assert error["loc"][:2] == ["body", field]


@pytest.mark.parametrize("field", ["title", "body"])
def test_what_is_missing_is_named(author: Visitor, field: str) -> None:
    body = {name: value for name, value in POST.items() if name != field}
    assert field in locations(is_problem(author.post("/api/posts", body), 422))


def test_a_tag_counts_once(author: Visitor) -> None:
    response = author.post("/api/posts", {**POST, "tags": ["twice", "twice"]})
    if response.status_code != 422:
        assert response.status_code == 201
        assert response.json()["tags"] == ["twice"]


def test_the_first_uses_of_a_tag_do_not_collide(author: Visitor, deployment: Deployment) -> None:
    assert author.cookie
    post = {**POST, "tags": [f"new-{uuid4().hex[:12]}", f"other-{uuid4().hex[:12]}"]}
    cookie = "=".join(author.cookie)
    answers = burst(deployment, [request(deployment, "POST", "/api/posts", post, cookie)] * 10)
    Visitor.wrote()
    assert [answer.status_code for answer in answers] == [201] * 10


def test_nobody_writes_in_anothers_name(author: Visitor, authors_account: Account) -> None:
    body = {**POST, "id": 1, "author": {"id": 1}, "author_id": 1, "published_at": "2000-01-01"}
    response = author.post("/api/posts", body)
    if response.status_code != 422:
        assert response.status_code == 201
        assert response.json()["author"]["name"] == authors_account.name
        assert not response.json()["published_at"].startswith("2000")


def test_a_post_cannot_be_changed_by_other_methods(author: Visitor) -> None:
    post = author.publish()
    for method in ("PUT", "PATCH", "DELETE"):
        is_problem(author.request(method, f"/api/posts/{post['id']}", json=POST), 405)
    assert author.get(f"/api/posts/{post['id']}").json() == post


def test_the_longest_body_is_kept_whatever_its_characters(author: Visitor) -> None:
    """Last, because every list is large from here on."""
    text = "🐘" * LONGEST
    post = author.publish(body=text)
    assert post["body"] == text
    assert author.get(f"/api/posts/{post['id']}").json() == post
