"""HTTP caching: what may be kept, for how long, and when nothing need be sent again."""

from __future__ import annotations

import re
import socket

import pytest

from .deployment import Deployment
from .expect import directives, is_private, varies_by
from .raw import head, read, send
from .visitor import Account, Visitor

# A balancer that compresses what it passes on tells lengths of what it got.
PLAIN = {"Accept-Encoding": "identity"}
ENTITY_TAG = re.compile(r"(W/)?\"[\x21\x23-\x7e]+\"")


@pytest.fixture(params=["/api/posts", "/api/posts?limit=3", "/api/posts/{id}", "/api/stats"])
def path(request: pytest.FixtureRequest, visitor: Visitor, settled: None) -> str:
    """Each of the answers that are public."""
    template: str = request.param
    if "{id}" in template:
        identity = visitor.get("/api/posts?limit=1").json()["items"][0]["id"]
        return template.format(id=identity)
    return template


@pytest.fixture
def tag(visitor: Visitor, path: str) -> str:
    """The entity tag of ``path``."""
    tag: str = visitor.get(path).headers["etag"]
    return tag


def same(tag: str, other: str, visitor: Visitor) -> bool:
    """Compare entity tags: weakly where a balancer may have compressed one answer only."""
    return tag == other or (visitor.deployment.behind_balancer and weak(tag) == other)


def weak(tag: str) -> str:
    """Return the other of the two tags that are weakly the same."""
    return tag.removeprefix("W/") if tag.startswith("W/") else f"W/{tag}"


def test_public_answers_may_be_kept_for_as_long_as_may_be_stale(
    visitor: Visitor, path: str, deployment: Deployment
) -> None:
    response = visitor.get(path)
    found = directives(response)
    assert "public" in found
    assert not {"private", "no-store"} & set(found)
    for name in ("max-age", "s-maxage"):
        assert re.fullmatch(r"\d+", found[name]), found
    # Whoever has written bypasses the shared caches, but none bypasses a browser's own.
    assert int(found["max-age"]) <= deployment.staleness
    assert int(found["s-maxage"]) <= deployment.staleness
    assert "set-cookie" not in response.headers
    assert "*" not in varies_by(response)


def test_an_entity_tag_is_well_formed_and_stays(tag: str, path: str, visitor: Visitor) -> None:
    assert ENTITY_TAG.fullmatch(tag)
    answers = [visitor.get(path) for _ in range(visitor.deployment.tries)]
    assert {answer.headers["etag"] for answer in answers} == {tag}
    assert len({answer.content for answer in answers}) == 1


def conditions(tag: str) -> dict[str, str]:
    """Return values of If-None-Match that the tag matches."""
    return {
        "itself": tag,
        "weakly": weak(tag),
        "any": "*",
        "first of a list": f'{tag}, "other"',
        "last of a list": f'"other",W/"another" , {tag}',
        "weakly in a list": f'"with,comma", {weak(tag)}',
    }


@pytest.mark.parametrize("how", conditions('""'))
def test_what_is_known_is_not_sent_again(visitor: Visitor, path: str, tag: str, how: str) -> None:
    full = visitor.get(path, headers=PLAIN)
    response = visitor.get(path, headers={"If-None-Match": conditions(tag)[how], **PLAIN})
    assert response.status_code == 304
    assert response.content == b""
    assert same(response.headers["etag"], tag, visitor)
    assert response.headers["cache-control"] == full.headers["cache-control"]
    assert response.headers.get("vary") == full.headers.get("vary")
    assert response.headers["x-request-id"]
    assert "set-cookie" not in response.headers
    # If it is told at all, it is that of the full answer.
    assert response.headers.get("content-length") in {None, full.headers["content-length"]}


def test_a_304_has_no_body_on_the_wire(deployment: Deployment, path: str, tag: str) -> None:
    request = head(deployment, b"GET", path.encode(), [(b"If-None-Match", tag.encode())])
    last = head(deployment, b"GET", b"/healthz", [(b"Connection", b"close")])
    with socket.create_connection((deployment.host, deployment.port), 10) as connection:
        connection.sendall(request)
        assert read(connection).status_code == 304
        # A body would now be taken for the next answer.
        connection.sendall(last)
        answer = read(connection)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "value",
    ['"other"', 'W/"other"', '"', "other", "", ",", "W/", '"a", "b"', '"*"', "x" * 3000],
)
def test_what_is_not_known_is_sent(visitor: Visitor, path: str, value: str) -> None:
    response = visitor.get(path, headers={"If-None-Match": value})
    assert response.status_code == 200
    assert response.json()


def test_a_tag_without_its_quotes_is_none(visitor: Visitor, path: str, tag: str) -> None:
    response = visitor.get(path, headers={"If-None-Match": tag.removeprefix("W/").strip('"')})
    assert response.status_code == 200


def test_several_lines_are_one_list(visitor: Visitor, path: str, tag: str) -> None:
    lines = [("If-None-Match", '"other"'), ("If-None-Match", tag)]
    # A balancer may look at one of them only, or refuse what no client sends.
    allowed = {200, 304, 400} if visitor.deployment.behind_balancer else {304}
    assert visitor.get(path, headers=lines).status_code in allowed


def test_head_is_get_without_the_body(visitor: Visitor, path: str, tag: str) -> None:
    full, response = visitor.get(path, headers=PLAIN), visitor.head(path, headers=PLAIN)
    assert response.status_code == 200
    assert response.content == b""
    for name in ("content-type", "content-length", "etag", "cache-control", "vary"):
        assert response.headers.get(name) == full.headers.get(name), name
    again = visitor.head(path, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert same(again.headers["etag"], tag, visitor)


@pytest.mark.parametrize("path_", ["/healthz", "/readyz", "/api/posts/999999999"])
def test_head_where_nothing_is_kept(visitor: Visitor, path_: str) -> None:
    response = visitor.head(path_)
    assert response.status_code == visitor.get(path_).status_code
    assert response.content == b""


def test_head_sends_no_body(deployment: Deployment) -> None:
    closing = [(b"Connection", b"close")]
    with socket.create_connection((deployment.host, deployment.port), 10) as connection:
        connection.sendall(head(deployment, b"HEAD", b"/api/posts", closing))
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.partition(b"\r\n\r\n")[2] == b""


def test_different_answers_have_different_tags(visitor: Visitor, settled: None) -> None:
    posts = visitor.get("/api/posts?limit=2").json()["items"]
    paths = ["/api/posts?limit=1", "/api/posts?limit=2", "/api/stats"]
    paths += [f"/api/posts/{post['id']}" for post in posts]
    tags = [visitor.get(path).headers["etag"] for path in paths]
    assert len(set(tags)) == len(paths)
    for path, other in zip(paths, tags[1:] + tags[:1], strict=True):
        response = visitor.get(path, headers={"If-None-Match": other})
        assert response.status_code == 200, f"{path} took the tag of another answer"


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd"])
def test_an_encoded_answer_is_another_one(visitor: Visitor, path: str, coding: str) -> None:
    plain = visitor.get(path, headers={"Accept-Encoding": "identity"})
    encoded = visitor.get(path, headers={"Accept-Encoding": coding})
    assert "content-encoding" not in plain.headers
    if "content-encoding" in encoded.headers:
        assert "accept-encoding" in varies_by(plain) & varies_by(encoded)
        tags = {plain.headers["etag"], encoded.headers["etag"]}
        assert len(tags) == 2 or all(tag.startswith("W/") for tag in tags)
    assert encoded.json() == plain.json()


def test_an_encoding_that_nobody_speaks_is_not_used(visitor: Visitor) -> None:
    response = visitor.get("/api/posts", headers={"Accept-Encoding": "made-up, *;q=0.1"})
    assert response.status_code == 200


def test_an_error_is_not_excused_by_a_condition(visitor: Visitor) -> None:
    for path_, status in (("/api/posts/999999999", 404), ("/api/posts?limit=0", 422)):
        assert visitor.get(path_, headers={"If-None-Match": "*"}).status_code == status


def test_a_public_answer_sets_no_cookie_for_anybody(author: Visitor, path: str) -> None:
    for headers in ({}, {"Cookie": "session=unknown"}, {"Cookie": "theme=dark"}):
        assert "set-cookie" not in author.get(path, headers=headers).headers


def test_the_query_is_part_of_what_is_kept(deployment: Deployment) -> None:
    """One answer must not be served for a request that only looks alike."""
    for target, count in (
        (b"/api/posts?limit=2&x=/api/posts?limit=3", 2),
        (b"/api/posts?limit=3", 3),
        (b"/api/posts?x=1&limit=4", 4),
        (b"/api/posts?%6cimit=5", 5),
        (b"/api/posts?limit=2", 2),
    ):
        closing = [(b"Connection", b"close")]
        answer = send(deployment, head(deployment, b"GET", target, closing))
        assert answer is not None
        assert (answer.status_code, len(answer.json()["items"])) == (200, count), target


# Those that write stand last: whoever comes after them waits for the bound.


@pytest.mark.parametrize("path_", ["/api/posts", "/api/stats"])
def test_after_a_write_the_old_tag_is_not_current(author: Visitor, path_: str) -> None:
    old = author.get(path_).headers["etag"]
    author.publish()
    response = author.get(path_, headers={"If-None-Match": old})
    assert response.status_code == 200
    assert response.headers["etag"] != old


def test_a_condition_means_nothing_to_a_write(author: Visitor) -> None:
    post = {"title": "Conditional", "body": "Text", "tags": []}
    assert author.post("/api/posts", post, headers={"If-None-Match": "*"}).status_code == 201


def test_what_touched_a_session_is_kept_nowhere(visitor: Visitor, account: Account) -> None:
    is_private(visitor.get("/api/session"))
    is_private(visitor.attempt(account.sign_in()))
    is_private(visitor.get("/api/session", headers={"If-None-Match": "*"}))
    post = {"title": "Private", "body": "Text", "tags": []}
    is_private(visitor.post("/api/posts", post))
    is_private(visitor.delete("/api/session"))
