"""Sessions: opened and ended on the server, never by what a visitor sends."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from .deployment import Deployment
from .expect import is_problem
from .raw import head, send
from .visitor import COOKIE_NAMES, Account, Visitor, session_cookie, timed

NewVisitor = Callable[[], Visitor]
GUESSES = 21  # more than any service may allow

# What databases may take for the same address.
ALIKE = [
    lambda email: email + "  ",
    lambda email: " " + email,
    lambda email: email.replace("e", "é"),
    lambda email: email.replace("e", "\N{FULLWIDTH LATIN SMALL LETTER E}"),
    lambda email: email.replace("@", "\N{ZERO WIDTH SPACE}@"),
]


def test_a_visitor_without_a_cookie_gets_a_session_that_counts(visitor: Visitor) -> None:
    assert visitor.session() == {"user": None, "visits": 1}
    cookie = visitor.cookie
    assert cookie
    assert [visitor.session()["visits"] for _ in range(5)] == [2, 3, 4, 5, 6]
    assert visitor.cookie == cookie


def test_signing_in(visitor: Visitor, account: Account) -> None:
    response = visitor.attempt(account.sign_in())
    assert response.status_code == 200
    user = response.json()["user"]
    assert set(response.json()) == {"user"}
    assert set(user) == {"id", "email", "name"}
    assert (user["email"], user["name"]) == (account.email, account.name)
    assert account.password not in response.text
    visits = []
    for _ in range(visitor.deployment.tries):
        answer = visitor.session()
        assert answer["user"] == user, "a process does not know the session"
        visits.append(answer["visits"])
    assert visits == list(range(visits[0], visits[0] + len(visits)))


def test_the_cookie(visitor: Visitor, account: Account, deployment: Deployment) -> None:
    response = visitor.attempt(account.sign_in())
    cookie = session_cookie(response)
    assert cookie
    assert cookie.key in COOKIE_NAMES
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    # 128 bits at least, in an alphabet of at most 64 characters.
    assert re.fullmatch(r"[A-Za-z0-9_-]{22,256}", cookie.value)
    if deployment.production or cookie.key.startswith("__Host-"):
        assert cookie["secure"]
        assert cookie.key.startswith("__Host-")
    assert len(response.headers.get_list("set-cookie")) == 1


def test_a_stranger_keeps_a_session_for_an_hour_a_member_for_longer(
    visitor: Visitor, account: Account
) -> None:
    stranger = session_cookie(visitor.get("/api/session"))
    member = session_cookie(visitor.attempt(account.sign_in()))
    assert stranger
    assert member
    assert 0 < int(stranger["max-age"]) <= 3600 < int(member["max-age"])


def test_signing_in_changes_the_id_and_kills_the_old_one(
    visitor: Visitor, new_visitor: NewVisitor, account: Account
) -> None:
    visitor.session()
    before = visitor.cookie
    visitor.sign_in(account)
    assert before
    assert visitor.cookie
    assert visitor.cookie[1] != before[1]
    for _ in range(visitor.deployment.tries):
        other = new_visitor()
        other.cookie = before
        assert other.session() == {"user": None, "visits": 1}
        assert other.cookie not in (None, before), "the dead id was adopted"


def test_signing_in_again_changes_the_id_again(
    visitor: Visitor, new_visitor: NewVisitor, account: Account
) -> None:
    visitor.sign_in(account)
    before = visitor.cookie
    visitor.sign_in(account)
    assert visitor.cookie != before
    other = new_visitor()
    other.cookie = before
    assert other.session()["user"] is None


GARBAGE = [
    *("", "x", "null", "0", "true", "../../etc/passwd", "%00", "a%0d%0ab", "{}", "*", "a" * 3000),
    *("A" * 43, "0" * 32, "00000000-0000-0000-0000-000000000000", "eyJhbGciOiJub25lIn0.e30."),
    *('"quoted"', "a b", "sessions:*", "' OR 1=1 --", "gASVAAAAAAAAAAAu"),
]


@pytest.mark.parametrize("value", GARBAGE, ids=lambda value: repr(value)[:24])
def test_an_id_that_the_service_did_not_give_is_never_adopted(visitor: Visitor, value: str) -> None:
    for name in COOKIE_NAMES:
        visitor.cookie = (name, value)
        assert visitor.session() == {"user": None, "visits": 1}
        assert visitor.cookie is None or visitor.cookie[1] != value


@pytest.mark.parametrize("value", [b"\xff\xfe", "naïve".encode(), b"a\x01b", b"\x7f"])
def test_bytes_that_belong_in_no_cookie(deployment: Deployment, value: bytes) -> None:
    for name in COOKIE_NAMES:
        fields = [(b"Cookie", name.encode() + b"=" + value), (b"Connection", b"close")]
        answer = send(deployment, head(deployment, b"GET", b"/api/session", fields))
        assert answer is not None
        assert answer.status_code in {200, 400}
        if answer.status_code == 200:
            assert answer.json() == {"user": None, "visits": 1}


def test_an_id_that_is_almost_right_is_wrong(author: Visitor, new_visitor: NewVisitor) -> None:
    assert author.cookie
    name, value = author.cookie
    swapped = ("B" if value[0] == "A" else "A") + value[1:]
    for forged in (swapped, value[:-1], value + "A", value.swapcase(), value[::-1], value + "="):
        other = new_visitor()
        other.cookie = (name, forged)
        assert other.session() == {"user": None, "visits": 1}
    assert author.session()["user"]


def test_the_id_counts_only_in_its_own_cookie(author: Visitor, new_visitor: NewVisitor) -> None:
    assert author.cookie
    name, value = author.cookie
    other = new_visitor()
    for wrong in (f"x{name}", name.upper(), "sid", "id"):
        header = {"Cookie": f"{wrong}={value}"}
        assert other.get("/api/session", headers=header).json()["user"] is None
    among_others = {"Cookie": f"theme=dark; {name}={value}; a=b"}
    assert other.get("/api/session", headers=among_others).json()["user"]


def test_signing_out(member: Visitor, new_visitor: NewVisitor) -> None:
    cookie = member.cookie
    response = member.delete("/api/session")
    assert response.status_code == 204
    assert response.content == b""
    assert member.cookie is None, "the cookie is not removed"
    for _ in range(member.deployment.tries):
        other = new_visitor()
        other.cookie = cookie
        assert other.session() == {"user": None, "visits": 1}
        assert other.cookie not in (None, cookie), "the dead id was adopted"
    other = new_visitor()
    other.cookie = cookie
    post = {"title": "Late", "body": "Text", "tags": []}
    is_problem(other.post("/api/posts", post), 401)


def test_signing_out_twice_or_without_a_session_is_fine(
    visitor: Visitor, new_visitor: NewVisitor, account: Account
) -> None:
    assert new_visitor().delete("/api/session").status_code == 204
    visitor.sign_in(account)
    cookie = visitor.cookie
    assert visitor.delete("/api/session").status_code == 204
    visitor.cookie = cookie
    assert visitor.delete("/api/session").status_code == 204


def test_signing_out_ends_one_session(
    visitor: Visitor, new_visitor: NewVisitor, account: Account
) -> None:
    other = new_visitor()
    visitor.sign_in(account)
    other.sign_in(account)
    assert visitor.cookie != other.cookie
    visitor.delete("/api/session")
    assert other.session()["user"]


def test_who_only_reads_gets_no_cookie(author: Visitor, new_visitor: NewVisitor) -> None:
    post = author.get("/api/posts?limit=1").json()["items"][0]["id"]
    for path in ("/healthz", "/readyz", "/api/posts", f"/api/posts/{post}", "/api/stats", "/docs"):
        for somebody in (author, new_visitor()):
            assert "set-cookie" not in somebody.get(path).headers, path


def test_a_session_that_is_known_gets_no_new_cookie(author: Visitor) -> None:
    response = author.get("/api/session")
    morsel = session_cookie(response)
    # Only to prolong it, with the same id.
    assert morsel is None or (morsel.key, morsel.value) == author.cookie


def test_a_failure_to_sign_in_leaves_the_session_alone(visitor: Visitor, account: Account) -> None:
    visitor.sign_in(account)
    cookie = visitor.cookie
    wrong = {**account.sign_in(), "password": "wrong"}
    response = visitor.attempt(wrong)
    is_problem(response, 401)
    assert "set-cookie" not in response.headers
    assert visitor.cookie == cookie
    assert visitor.session()["user"]["email"] == account.email


def test_who_is_unknown_and_who_is_wrong_cannot_be_told_apart(
    visitor: Visitor, account: Account
) -> None:
    visitor.sign_in(account)  # which waits, if the service counts the attempts from here
    visitor.cookie = None
    bodies: list[dict[str, Any]] = []
    wrong_password: list[float] = []
    unknown_user: list[float] = []
    headers: list[set[str]] = []
    for _ in range(2):
        for body, times in (
            ({**account.sign_in(), "password": "not the right one"}, wrong_password),
            ({**Account.new().sign_in(), "password": "not the right one"}, unknown_user),
        ):
            with timed(times):
                response = visitor.post("/api/session", body)
            problem = is_problem(response, 401)
            del problem["request_id"]
            bodies.append(problem)
            headers.append(set(response.headers))
    assert all(body == bodies[0] for body in bodies)
    assert all(names == headers[0] for names in headers)
    # A password hash takes a hundred milliseconds, everything else a few.
    assert 0.25 < min(unknown_user) / min(wrong_password) < 4


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a@example.org"},
        {"password": "x"},
        {"email": None, "password": None},
        {"email": 1, "password": 2},
        {"email": {"$ne": ""}, "password": {"$ne": ""}},
        [],
        "text",
    ],
    ids=repr,
)
def test_a_sign_in_of_another_shape(visitor: Visitor, body: Any) -> None:
    is_problem(visitor.post("/api/session", body), 422)


@pytest.mark.parametrize("password", ["", "x" * 5_000, "nul\0ü🐘"], ids=len)
def test_a_password_that_cannot_be_right(visitor: Visitor, password: str) -> None:
    response = visitor.attempt({**Account.new().sign_in(), "password": password})
    is_problem(response, 401, 422)


def test_a_password_is_not_repeated_by_a_sign_in(visitor: Visitor) -> None:
    secret = f"secret{uuid4().hex}"
    for body in (
        {"email": [], "password": secret},
        {"email": "nobody", "password": secret},
        {"email": Account.new().email, "password": [secret]},
        {"email": Account.new().email, "password": {"value": secret}},
        {"email": Account.new().email, "password": secret * 400},
        {"e-mail": Account.new().email, "password": secret},
    ):
        response = visitor.attempt(body)
        is_problem(response, 401, 422)
        assert secret not in response.text


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_guessing_is_stopped(visitor: Visitor, account: Account, known: bool) -> None:
    victim = visitor.sign_up() if known else Account.new()
    guess = {**victim.sign_in(), "password": "a guess"}
    # Without a shared store each process may count for itself.
    shared = visitor.deployment.shared_cache
    for _ in range(GUESSES if shared else GUESSES * visitor.deployment.processes):
        response = visitor.post("/api/session", guess)
        if response.status_code == 429:
            break
        is_problem(response, 401)
    is_problem(response, 429)
    assert re.fullmatch(r"[1-9]\d*", response.headers["retry-after"])
    if shared:
        # Else the right password would still be found, by its other answer.
        is_problem(visitor.post("/api/session", victim.sign_in()), 429)
        capitals = {**guess, "email": victim.email.upper()}
        is_problem(visitor.post("/api/session", capitals), 429)
        for alike in ALIKE:
            other = {**victim.sign_in(), "email": alike(victim.email)}
            is_problem(visitor.post("/api/session", other), 401, 429)
    # Nobody else is locked out.
    visitor.sign_in(account)
