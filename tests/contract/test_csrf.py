"""Another site's page may not act with a visitor's cookie."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from .expect import is_problem
from .visitor import Account, Visitor

POST = {"title": "Title", "body": "Text", "tags": []}


def foreign(visitor: Visitor) -> list[dict[str, str]]:
    """Return headers that a browser sends from another site."""
    own = visitor.deployment.base_url
    host, port = visitor.deployment.host, visitor.deployment.port
    return [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{own}.evil.example"},
        {"Origin": f"http://{host}.evil.example:{port}"},
        {"Origin": f"http://{host}:{port + 1}"},
        {"Origin": f"https://evil.example/{host}:{port}"},
        {"Origin": f"http://{host}:{port}@evil.example"},
        {"Origin": "not an origin"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    ]


def own(visitor: Visitor) -> list[dict[str, str]]:
    """Return headers that a browser sends from the service's own pages, or a program."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(visitor.deployment.base_url))
    return [
        {},
        {"Origin": origin},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": origin},
        {"Sec-Fetch-Site": "none"},
    ]


@pytest.mark.parametrize("number", range(10))
def test_another_site_may_not_write(author: Visitor, number: int) -> None:
    headers = foreign(author)[number]
    posts = author.get("/api/stats").json()["posts"]
    is_problem(author.post("/api/posts", POST, headers=headers), 403)
    assert author.get("/api/stats").json()["posts"] == posts


@pytest.mark.parametrize("number", range(10))
def test_another_site_may_not_sign_anybody_out(author: Visitor, number: int) -> None:
    headers = foreign(author)[number]
    response = author.delete("/api/session", headers=headers)
    is_problem(response, 403)
    assert "set-cookie" not in response.headers
    assert author.session()["user"]


def test_another_site_may_not_sign_anybody_in(author: Visitor, account: Account) -> None:
    for headers in foreign(author):
        is_problem(author.post("/api/session", account.sign_in(), headers=headers), 403)


@pytest.mark.parametrize("number", range(5))
def test_ones_own_site_may_write(author: Visitor, number: int) -> None:
    headers = own(author)[number]
    response = author.post("/api/posts", POST, headers=headers)
    assert response.status_code == 201, response.text


@pytest.mark.parametrize("number", range(10))
def test_anybody_may_read(author: Visitor, number: int) -> None:
    headers = foreign(author)[number]
    for path in ("/api/posts", "/api/stats", "/api/session"):
        response = author.get(path, headers=headers)
        assert response.status_code == 200
        # But a page of another site does not get to see it.
        assert response.headers.get("access-control-allow-origin") is None


def test_no_other_site_is_given_leave_to_ask(visitor: Visitor) -> None:
    response = visitor.request(
        "OPTIONS",
        "/api/posts",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert "access-control-allow-origin" not in response.headers
    assert "access-control-allow-credentials" not in response.headers
