"""Accounts: created once, with a password that is never seen again."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from .deployment import Deployment
from .expect import is_problem, locations
from .raw import burst, request
from .visitor import Account, Visitor


def test_an_account_is_created(visitor: Visitor) -> None:
    account = Account.new()
    response = visitor.post("/api/accounts", account.sign_up())
    assert response.status_code == 201
    assert set(response.json()) == {"user"}
    user = response.json()["user"]
    assert set(user) == {"id", "email", "name"}
    assert type(user["id"]) is int
    assert (user["email"], user["name"]) == (account.email, account.name)
    assert account.password not in response.text
    assert "argon2" not in response.text.lower()
    assert "public" not in response.headers.get("cache-control", "")
    assert visitor.sign_in(account) == user


def test_an_address_is_taken_once(visitor: Visitor, account: Account) -> None:
    again = {**Account.new().sign_up(), "email": account.email}
    is_problem(visitor.post("/api/accounts", again), 409)
    # The first password still holds.
    visitor.sign_in(account)


def test_an_address_is_the_same_in_capitals(visitor: Visitor) -> None:
    account = Account.new()
    shouted = account.email.upper()
    response = visitor.post("/api/accounts", {**account.sign_up(), "email": shouted})
    assert response.status_code == 201
    assert response.json()["user"]["email"] == account.email
    is_problem(visitor.post("/api/accounts", account.sign_up()), 409)
    signed_in = visitor.attempt({"email": shouted, "password": account.password})
    assert signed_in.status_code == 200


def test_of_many_at_once_one_gets_the_address(deployment: Deployment) -> None:
    body = Account.new().sign_up()
    answers = burst(deployment, [request(deployment, "POST", "/api/accounts", body)] * 3)
    Visitor.wrote()
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


def test_a_name_is_kept_as_it_is(visitor: Visitor) -> None:
    name = "Łukasz 🐘 عمر O'Brien; DROP TABLE users\t<b>x</b>"
    response = visitor.post("/api/accounts", {**Account.new().sign_up(), "name": name})
    assert response.status_code == 201, response.text
    assert response.json()["user"]["name"] == name


def test_a_password_may_be_any_text(visitor: Visitor) -> None:
    account = Account(Account.new().email, "Tester", f"пароль 🐘 \"'\\ {uuid4().hex[:8]}")
    assert visitor.post("/api/accounts", account.sign_up()).status_code == 201
    visitor.sign_in(account)
    almost = {**account.sign_in(), "password": account.password + " "}
    is_problem(visitor.attempt(almost), 401)


INVALID: list[tuple[str, Any]] = [
    ("email", ""),
    ("email", "nobody"),
    ("email", "@example.org"),
    ("email", "nobody@"),
    ("email", "two words@example.org"),
    ("email", "a@b@example.org"),
    ("email", "nul\0@example.org"),
    ("email", "line\nbreak@example.org"),
    ("email", f"{'a' * 400}@example.org"),
    ("email", None),
    ("email", 1),
    ("email", ["a@example.org"]),
    ("name", ""),
    ("name", "n" * 10_000),
    ("name", "nul\0nul"),
    ("name", None),
    ("name", {"first": "Ana"}),
    ("password", ""),
    ("password", "pass"),
    ("password", None),
    ("password", 12345678901234567890),
    ("password", True),
]


@pytest.mark.parametrize(("field", "value"), INVALID, ids=lambda part: repr(part)[:24])
def test_what_is_invalid_is_named_and_not_repeated(
    visitor: Visitor, field: str, value: Any
) -> None:
    body = {**Account.new().sign_up(), field: value}
    response = visitor.post("/api/accounts", body)
    problem = is_problem(response, 422)
    assert field in locations(problem)
    assert all(error["loc"][0] == "body" for error in problem["errors"])
    if field != "password":
        assert body["password"] not in response.text


@pytest.mark.parametrize("field", ["email", "name", "password"])
def test_what_is_missing_is_named(visitor: Visitor, field: str) -> None:
    body = Account.new().sign_up()
    del body[field]
    response = visitor.post("/api/accounts", body)
    assert field in locations(is_problem(response, 422))
    assert body.get("password", "-" * 9) not in response.text


@pytest.mark.parametrize("size", [5_000, 500_000])
def test_an_endless_password_is_refused_unhashed_and_not_repeated(
    visitor: Visitor, size: int
) -> None:
    secret = f"secret{uuid4().hex}"
    body = {**Account.new().sign_up(), "password": secret + "x" * size}
    response = visitor.post("/api/accounts", body)
    assert "password" in locations(is_problem(response, 422))
    assert secret not in response.text


@pytest.mark.parametrize("body", [[], "text", 1, None, True, [["email"]], {}])
def test_a_body_of_another_shape(visitor: Visitor, body: Any) -> None:
    content = {"content": b"null"} if body is None else {}
    headers = {"Content-Type": "application/json"}
    is_problem(visitor.post("/api/accounts", body, headers=headers, **content), 422)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        *(("/api/accounts", field) for field in ("email", "name", "password")),
        *(("/api/session", field) for field in ("email", "password")),
    ],
)
def test_half_a_character_is_no_text(visitor: Visitor, path: str, field: str) -> None:
    account = Account.new()
    body = account.sign_up() if path == "/api/accounts" else account.sign_in()
    content = json.dumps({**body, field: body[field] + "\ud800"})
    headers = {"Content-Type": "application/json"}
    response = visitor.post(path, content=content, headers=headers)
    assert field in locations(is_problem(response, 422))


def test_nobody_chooses_what_the_service_decides(visitor: Visitor) -> None:
    body = {**Account.new().sign_up(), "id": 1, "is_admin": True, "password_hash": "x"}
    response = visitor.post("/api/accounts", body)
    if response.status_code != 201:
        is_problem(response, 422)
    else:
        assert set(response.json()["user"]) == {"id", "email", "name"}
        assert response.json()["user"]["id"] != 1
