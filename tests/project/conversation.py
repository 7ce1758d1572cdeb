"""A conversation with a service, written down so that another service's can be laid beside it."""

from __future__ import annotations

import http.client
import json
import re
from contextlib import suppress
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

PASSWORD = "correct horse battery staple"
NEW = {"email": "new@example.org", "name": "Növa", "password": "twelve letters"}
POST = {"title": "Ümläut & <tags>", "body": "line\nline\u2028 \U0001f600", "tags": ["b", "a", "b"]}

# Asked for in this order, by somebody who keeps the cookie. What follows the path: a body, which
# is sent as JSON unless it is bytes, and headers.
REQUESTS: list[tuple[Any, ...]] = [
    ("GET", "/healthz"),
    ("HEAD", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/api/posts?limit=3"),
    ("HEAD", "/api/posts?limit=3"),
    ("GET", "/api/posts?limit=3", None, {"If-None-Match": "*"}),
    ("GET", "/api/posts?limit=100"),
    ("GET", "/api/posts?limit=0"),
    ("GET", "/api/posts?limit=101"),
    ("GET", "/api/posts?limit=ten"),
    ("GET", "/api/posts?limit="),
    ("GET", "/api/posts?limit=2&limit=3"),
    ("GET", "/api/posts?after=nonsense"),
    ("GET", "/api/posts?after="),
    ("GET", "/api/posts?unknown=1"),
    ("GET", "/api/posts/1"),
    ("GET", "/api/posts/99999999"),
    ("GET", "/api/posts/0"),
    ("GET", "/api/posts/one"),
    ("GET", "/api/posts/9223372036854775808"),
    ("GET", "/api/posts/1/"),
    ("GET", "/api/posts/"),
    ("GET", "/api/stats"),
    ("GET", "/nowhere"),
    ("GET", "/"),
    ("GET", "//api/posts"),
    ("GET", "/api/%70osts?limit=1"),
    ("GET", "/api/posts/%00"),
    ("GET", "/caf%C3%A9"),
    ("GET", "/%ff"),
    ("PUT", "/api/posts"),
    ("DELETE", "/api/stats"),
    ("PATCH", "/api/session"),
    ("POST", "/healthz"),
    ("OPTIONS", "/api/posts"),
    ("BREW", "/api/posts"),
    ("GET", "/api/posts?limit=1", None, {"Host": "elsewhere.example"}),
    ("GET", "/healthz", None, {"Host": "elsewhere.example"}),
    ("POST", "/api/posts", POST),
    ("POST", "/api/accounts", b"{"),
    ("POST", "/api/accounts", b"", {"Content-Type": "application/json"}),
    ("POST", "/api/accounts", b"\xff\xfe", {"Content-Type": "application/json"}),
    ("POST", "/api/accounts", b"{}", {"Content-Type": "text/plain"}),
    ("POST", "/api/accounts", b"{}"),
    ("POST", "/api/accounts", []),
    ("POST", "/api/accounts", None),
    ("POST", "/api/accounts", "text"),
    ("POST", "/api/accounts", {}),
    ("POST", "/api/accounts", {**NEW, "extra": 1}),
    ("POST", "/api/accounts", {**NEW, "email": "not an address"}),
    ("POST", "/api/accounts", {**NEW, "name": 7, "password": "short"}),
    ("POST", "/api/accounts", {**NEW, "name": "a\x00b"}),
    ("POST", "/api/accounts", NEW),
    ("POST", "/api/accounts", NEW),
    ("POST", "/api/session", {"email": NEW["email"], "password": "wrong"}),
    ("POST", "/api/session", {"email": "nobody@example.org", "password": "wrong"}),
    ("POST", "/api/session", {"email": NEW["email"]}),
    ("GET", "/api/session"),
    ("GET", "/api/session"),
    ("POST", "/api/session", {"email": NEW["email"], "password": NEW["password"]}),
    ("GET", "/api/session"),
    ("GET", "/api/posts?limit=1"),
    ("POST", "/api/posts", {**POST, "title": " "}),
    ("POST", "/api/posts", {**POST, "tags": ["x"] * 11}),
    ("POST", "/api/posts", {**POST, "tags": ["\x1f"]}),
    ("POST", "/api/posts", POST),
    ("GET", "/api/posts?limit=1"),
    ("GET", "/api/stats"),
    ("POST", "/api/posts", POST, {"Origin": "https://elsewhere.example"}),
    ("POST", "/api/posts", POST, {"Sec-Fetch-Site": "cross-site"}),
    ("DELETE", "/api/session", None, {"Origin": "null"}),
    ("POST", "/api/posts", b"x" * 1_100_000, {"Content-Type": "application/json"}),
    ("POST", "/api/reports", {"rounds": 1000}),
    ("POST", "/api/reports", {"rounds": 0}),
    ("POST", "/api/reports", {"rounds": "1000"}),
    ("POST", "/api/reports", {"rounds": 1.5}),
    ("POST", "/api/reports", {"rounds": True}),
    ("DELETE", "/api/session"),
    ("GET", "/api/session"),
    ("DELETE", "/api/session"),
    ("GET", "/api/session", None, {"Cookie": "__Host-session=forged"}),
]

# What differs from one service, or one moment, to the next.
CHANGING = [
    (re.compile(r"[0-9a-f]{32}"), "ID"),
    (re.compile(r"(__Host-session=)[^;'\n]{20,}"), r"\1ID"),
    (re.compile(r'(__Host-session=)""'), r"\1"),  # empty, with quotes or without
    (re.compile(r'"ms":[0-9.]+'), '"ms":N'),
    (re.compile(r'"published_at":"(?!2026-01-01)[^"]+"'), '"published_at":"NOW"'),
    (re.compile(r'"next":"(?!MjAyNi0wMS0wM)[^"]+"'), '"next":"CURSOR"'),  # the same date
    (re.compile(r"^age: \d+$", re.M), "age: N"),
    (re.compile(r"; Max-Age=\d\d+"), "; Max-Age=N"),
    (re.compile(r"; Expires=[^;\n]+", re.I), ""),
    (re.compile(r'"msg":"(?:[^"\\]|\\.)*"'), '"msg":"…"'),  # each library has its own words
]


def write_down(url: str) -> list[str]:
    """Ask a service all of it; return what was asked and answered, one text for each request."""
    address = urlsplit(url).netloc
    cookie = ""
    answers = []
    for method, path, *rest in REQUESTS:
        body, headers = [*rest, None, None][:2]
        fields = {"Cookie": cookie} if cookie else {}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            fields["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(address, timeout=20)
        # A body that is too large may be refused before all of it was sent.
        with suppress(BrokenPipeError):
            connection.request(method, path, body, {**fields, **(headers or {})})
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        for morsel in SimpleCookie(response.getheader("Set-Cookie", "")).values():
            cookie = f"{morsel.key}={morsel.value}" if morsel.value else ""
        answers.append(_text(method, path, headers or {}, body, response, answer))
    return answers


def _text(
    method: str,
    path: str,
    asked: dict[str, str],
    sent: bytes | None,
    response: http.client.HTTPResponse,
    answer: bytes,
) -> str:
    body = _without_what_changes(answer.decode())
    changed = body != answer.decode()
    headers = [
        f"{name.lower()}: {_cookie(value) if name.lower() == 'set-cookie' else value}"
        for name, value in response.getheaders()
        # `Connection` is the server's own: whether a body that is refused had arrived by then.
        if name.lower() not in ("connection", "date")
        # They follow from the body.
        and not (changed and name.lower() in ("etag", "content-length"))
    ]
    question = [f"{method} {path} {asked or ''}", (sent or b"")[:200].decode("latin-1")]
    lines = [*question, f"{response.status}", *sorted(headers), "", body]
    return _without_what_changes("\n".join(lines))


def _without_what_changes(text: str) -> str:
    for pattern, replacement in CHANGING:
        text = pattern.sub(replacement, text)
    return text


def _cookie(value: str) -> str:
    """Sort the attributes: their order means nothing (RFC 6265, section 5.2)."""
    pair, *attributes = value.split("; ")
    return "; ".join([pair, *sorted(attributes)])
