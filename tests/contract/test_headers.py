"""What every answer carries, and what no answer does."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx2
import pytest

from .deployment import Deployment
from .expect import is_problem
from .raw import head, send
from .test_request_id import ANSWERS
from .visitor import Visitor

MORE: dict[str, Callable[[Visitor], httpx2.Response]] = {
    "200 ready": lambda visitor: visitor.get("/readyz"),
    "200 openapi": lambda visitor: visitor.get("/openapi.json"),
    "200 with a cookie": lambda visitor: visitor.get("/api/posts", headers={"Cookie": "session=x"}),
    "400 host": lambda visitor: visitor.get("/api/posts", headers={"Host": "evil.example"}),
    "405 trace": lambda visitor: visitor.request("TRACE", "/api/posts"),
    "415": lambda visitor: visitor.post(
        "/api/session", content=b"{}", headers={"Content-Type": "a/b"}
    ),
    "503 or 200": lambda visitor: visitor.post("/api/reports", {"rounds": 1}),
}


@pytest.mark.parametrize("name", [*ANSWERS, *MORE])
def test_every_answer_protects_the_browser(visitor: Visitor, name: str) -> None:
    answer = {**ANSWERS, **MORE}[name](visitor)
    assert str(answer.status_code) in name
    headers = answer.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in {
        "no-referrer",
        "same-origin",
        "strict-origin",
        "strict-origin-when-cross-origin",
    }
    policy = headers["content-security-policy"]
    assert "default-src" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors" in policy or headers["x-frame-options"] in {"DENY", "SAMEORIGIN"}
    # Once only: what two layers say twice, browsers may ignore.
    for name in ("x-content-type-options", "content-security-policy", "x-request-id"):
        assert len(headers.get_list(name)) == 1, name


@pytest.mark.parametrize("answer", [*ANSWERS.values(), *MORE.values()], ids=[*ANSWERS, *MORE])
def test_no_answer_names_versions(
    visitor: Visitor, answer: Callable[[Visitor], httpx2.Response]
) -> None:
    headers = answer(visitor).headers
    assert not re.search(r"\d", headers.get("server", "")), headers["server"]
    assert not {"x-powered-by", "x-runtime", "x-aspnet-version"} & set(headers)


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/posts", "/api/posts/1", "/api/session"])
@pytest.mark.parametrize("method", ["TRACE", "BREW", "PROPFIND", "PATCH"])
def test_odd_methods(visitor: Visitor, method: str, path: str) -> None:
    headers = {"X-Secret": "reflect-me"}
    response = visitor.request(method, path, headers=headers)
    assert "reflect-me" not in response.text
    is_problem(response, 404 if path == "/" else 405, 405, 501)


def test_the_method_in_small_letters_is_another_one(deployment: Deployment) -> None:
    answer = send(deployment, head(deployment, b"get", b"/healthz", [(b"Connection", b"close")]))
    assert answer is None or answer.status_code in {400, 405, 501}


def test_a_method_is_not_overridden(author: Visitor) -> None:
    for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        response = author.get("/api/session", headers={name: "DELETE"})
        assert response.status_code == 200
        assert response.json()["user"]


def test_old_http_is_spoken(deployment: Deployment) -> None:
    request = f"GET /healthz HTTP/1.0\r\nHost: {deployment.authority}\r\n\r\n".encode()
    answer = send(deployment, request)
    assert answer is not None
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
