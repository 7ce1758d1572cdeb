"""Errors: one shape for all of them, and nothing of the inside in any."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes
from uuid import uuid4

import pytest

from .deployment import Deployment
from .expect import is_problem, no_leak
from .raw import Answer, head, send
from .visitor import Account, Visitor

JSON = {"Content-Type": "application/json"}
BODIES = ["/api/accounts", "/api/session", "/api/reports"]
MIB = 1024 * 1024

# What HAProxy answers before there is a request that its rules could see. It cannot be changed.
UNREADABLE = (
    "<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n</body></html>\n"
)


def is_no_page(answer: Answer) -> None:
    """Insist that what is hardly HTTP is not answered with a page of the service's."""
    if answer.text != UNREADABLE:
        no_leak(answer)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/api", "/api/nothing", "/api/posts/1/2", "/API/posts"]
)
def test_an_unknown_route(visitor: Visitor, method: str, path: str) -> None:
    problem = is_problem(visitor.request(method, path), 404)
    assert problem["instance"] == path


@pytest.mark.parametrize("accept", ["text/html", "text/html,*/*;q=0.1", "image/png", "*/*", "x"])
def test_whatever_is_accepted_an_error_is_no_page(visitor: Visitor, accept: str) -> None:
    for path, status in (("/nowhere", 404), ("/api/posts?limit=0", 422)):
        is_problem(visitor.get(path, headers={"Accept": accept}), status)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/posts", {"GET", "POST"}),
        ("DELETE", "/api/posts", {"GET", "POST"}),
        ("POST", "/api/posts/1", {"GET"}),
        ("POST", "/api/stats", {"GET"}),
        ("GET", "/api/accounts", {"POST"}),
        ("PUT", "/api/session", {"GET", "POST", "DELETE"}),
        ("GET", "/api/reports", {"POST"}),
        ("POST", "/healthz", {"GET"}),
        ("DELETE", "/readyz", {"GET"}),
        ("POST", "/openapi.json", {"GET"}),
        ("PUT", "/docs", {"GET"}),
    ],
)
def test_a_method_that_is_not_allowed(
    visitor: Visitor, method: str, path: str, allowed: set[str]
) -> None:
    response = visitor.request(method, path)
    is_problem(response, 405)
    allow = {name.strip() for name in response.headers["allow"].split(",")}
    assert allow - {"HEAD", "OPTIONS"} == allowed


MALFORMED = [
    b"{",
    b'{"email": ',
    b"{'email': 'a'}",
    b'{"email": "a",}',
    b"not json",
    b'{"a": 1} trailing',
    b"\x00",
    b'{"email": "\xff\xfe"}',
    b'{"email": "a\x00b"}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"<xml/>",
    b"email=a&password=b",
]


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:16]))
def test_malformed_json(visitor: Visitor, path: str, body: bytes) -> None:
    is_problem(visitor.post(path, content=body, headers=JSON), 400)


def test_malformed_json_of_who_is_signed_in(author: Visitor) -> None:
    is_problem(author.post("/api/posts", content=b"{", headers=JSON), 400)


def test_malformed_json_is_not_repeated(visitor: Visitor) -> None:
    secret = f"secret{uuid4().hex}"
    for body in (f'{{"password": "{secret}"', f'{{"password": {secret}}}', f'"{secret}'):
        response = visitor.post("/api/session", content=body.encode(), headers=JSON)
        is_problem(response, 400)
        assert secret not in response.text


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "body", [b"", b" ", b"NaN", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b"1" * 5_000, b"1e999"]
)
def test_hardly_json(visitor: Visitor, path: str, body: bytes) -> None:
    """What one parser takes and another does not: refused in either case."""
    is_problem(visitor.post(path, content=body, headers=JSON), 400, 422)


@pytest.mark.parametrize("rounds", ["1" * 5_000, "-" + "9" * 400, "1e999", "1e-999", "NaN", "-0.0"])
def test_numbers_that_no_type_holds(visitor: Visitor, rounds: str) -> None:
    body = f'{{"rounds": {rounds}}}'.encode()
    is_problem(visitor.post("/api/reports", content=body, headers=JSON), 400, 422)


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "media_type",
    [
        *("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
        *(
            "application/xml",
            "application/jsonx",
            "text/json",
            "json",
            ";",
            "application/json,text/plain",
        ),
    ],
)
def test_a_media_type_that_is_not_json(visitor: Visitor, path: str, media_type: str) -> None:
    is_problem(
        visitor.post(path, Account.new().sign_up(), headers={"Content-Type": media_type}), 415
    )


def test_a_form_is_refused_before_it_is_read(visitor: Visitor) -> None:
    """A page of another site can send these without asking the browser's leave."""
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        headers = {"Content-Type": media_type}
        is_problem(visitor.post("/api/session", content=b"{", headers=headers), 415)


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"]
)
def test_a_media_type_that_is_json(visitor: Visitor, media_type: str) -> None:
    response = visitor.post("/api/reports", {"rounds": 1}, headers={"Content-Type": media_type})
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("path", [*BODIES, "/api/posts", "/api/stats", "/nowhere"])
def test_a_body_that_is_too_large_by_its_own_account(visitor: Visitor, path: str) -> None:
    response = visitor.post(path, content=b" " * (MIB + 1), headers=JSON)
    if path in ("/api/stats", "/nowhere"):
        is_problem(response, 404, 405, 413)
    else:
        is_problem(response, 413)


def test_who_says_that_it_is_too_large_need_not_send_it(deployment: Deployment) -> None:
    fields = [(b"Content-Type", b"application/json"), (b"Content-Length", b"99999999999")]
    answer = send(deployment, head(deployment, b"POST", b"/api/session", fields), b"{")
    assert answer is not None
    is_problem(answer, 413)


@pytest.mark.parametrize("path", BODIES)
def test_a_body_that_turns_out_too_large(deployment: Deployment, path: str) -> None:
    fields = [(b"Content-Type", b"application/json"), (b"Transfer-Encoding", b"chunked")]
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    request = head(deployment, b"POST", path.encode(), fields)
    answer = send(deployment, request, *[chunk] * 24, b"0\r\n\r\n")
    assert answer is not None
    is_problem(answer, 413)


def test_a_body_of_exactly_the_limit_is_read(visitor: Visitor) -> None:
    body = b'{"rounds": 1}'.ljust(MIB)
    assert visitor.post("/api/reports", content=body, headers=JSON).status_code == 200
    is_problem(visitor.post("/api/reports", content=body + b" ", headers=JSON), 413)


def test_a_body_in_chunks_is_read(deployment: Deployment) -> None:
    fields = [(b"Content-Type", b"application/json"), (b"Transfer-Encoding", b"chunked")]
    chunks = b'7\r\n{"round\r\n6\r\ns": 1}\r\n0\r\n\r\n'
    answer = send(deployment, head(deployment, b"POST", b"/api/reports", fields) + chunks)
    assert answer is not None
    assert answer.status_code == 200, answer.text


TARGETS = [
    *(b"/%", b"/%zz", b"/%ff", b"/%00", b"/api/posts/%zz", b"/api/posts/%ff", b"/api/posts/%00"),
    *(b"/api/posts/1%00", b"/api/posts/1%0d%0aX:y", b"/api/posts/..%2f..%2fetc%2fpasswd"),
    *(b"/api/posts/%252e%252e", b"/api/posts/;x=1", b"/api//posts", b"/api/posts/" + b"1" * 4000),
    *(
        b"/" + b"a" * 4000,
        b"/\xc3\xa9",
        b"/%C0%AF",
        b"/%u0041",
        b"/api/posts/{id}",
        b"/.env",
        b"/.git/HEAD",
    ),
]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: repr(target[:24]))
def test_paths_that_nobody_should_ask_for(deployment: Deployment, target: bytes) -> None:
    answer = send(deployment, head(deployment, b"GET", target, [(b"Connection", b"close")]))
    assert answer is not None
    assert 400 <= answer.status_code < 500, answer.text
    is_no_page(answer)
    if answer.status_code not in {400, 414}:  # what the server itself cannot parse
        is_problem(answer, 404, 422)


@pytest.mark.parametrize(
    "path",
    [
        *("/%ff", "/%25", "/a%20b", "/%7Bid%7D", "/x%3Fy", "/~a:b@c!$&'()*+,;=-._", "/caf%C3%A9"),
        *("/api/posts/%EF%BC%91", "/api/posts/%ff"),
    ],
)
def test_the_instance_is_the_path(deployment: Deployment, path: str) -> None:
    request = head(deployment, b"GET", f"{path}?x=1".encode(), [(b"Connection", b"close")])
    answer = send(deployment, request)
    assert answer is not None
    problem = is_problem(answer, 404, 422)
    assert unquote_to_bytes(problem["instance"]) == unquote_to_bytes(path)


QUERIES = [
    "limit=%zz",
    "limit=%",
    "limit=%ff",
    "limit=%00",
    "after=" + "a" * 6000,
    "limit=" + "1" * 6000,
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:16])
def test_queries_that_nobody_should_send(deployment: Deployment, query: str) -> None:
    target = f"/api/posts?{query}".encode()
    answer = send(deployment, head(deployment, b"GET", target, [(b"Connection", b"close")]))
    assert answer is not None
    if answer.status_code != 400:
        is_problem(answer, 422, 414)
    no_leak(answer)


def test_a_query_of_many_parts(visitor: Visitor) -> None:
    response = visitor.get("/api/posts?" + "&".join(f"p{number}=1" for number in range(900)))
    assert response.status_code in {200, 400, 414, 422, 431}


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "a@b", "evil.example:80"]
)
def test_a_host_that_this_is_not(visitor: Visitor, host: str) -> None:
    response = visitor.get("/api/posts", headers={"Host": host})
    if response.text != UNREADABLE:
        is_problem(response, 400, 403, 404, 421)


PROTOCOL_ERRORS = [
    b"GARBAGE\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET /api/posts HTTP/1.1\r\nHost: {host}\r\nBad Header: x\r\nConnection: close\r\n\r\n",
    b"POST /api/session HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/session HTTP/1.1\r\nHost: {host}\r\nContent-Length: x\r\n\r\n",
    b"POST /api/session HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    b"GET /a\x00b HTTP/1.1\r\nHost: {host}\r\n\r\n",
]


@pytest.mark.parametrize("data", PROTOCOL_ERRORS, ids=lambda data: repr(data[:40]))
def test_what_is_no_http_is_refused_without_a_page(deployment: Deployment, data: bytes) -> None:
    answer = send(deployment, data.replace(b"{host}", deployment.authority.encode()))
    if answer is not None:  # closing the connection is an answer too
        assert 400 <= answer.status_code < 506
        assert answer.status_code != 500
        is_no_page(answer)


def test_the_service_lives_after_all_of_this(visitor: Visitor) -> None:
    statuses: list[Any] = [visitor.get("/healthz").status_code for _ in range(30)]
    assert statuses == [200] * 30
