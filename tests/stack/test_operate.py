"""The commands of the README's chapter "Operate", block by block, as somebody would paste them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contract.visitor import Account, session_cookie

from .running import Stack

SERVICES = [
    ("fastapi", "postgresql", "redis"),
    ("flask", "mariadb", "redis"),
    ("django", "sqlite", "none"),
]
FEW = 2  # of them, unless all are asked for
POST = {"title": "After the backup", "body": "Gone with it.", "tags": []}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test on each service, all tests of one before those of the next."""
    rows = SERVICES[: None if metafunc.config.getoption("all_combinations") else FEW]
    params = [
        pytest.param(row, id="-".join(row), marks=pytest.mark.xdist_group(f"operate-{row[1]}"))
        for row in rows
    ]
    metafunc.parametrize("service", params, indirect=True, scope="module")


@pytest.fixture(scope="module")
def service(request: pytest.FixtureRequest, build: Callable[..., Stack]) -> Iterator[Stack]:
    """A stack with posts, started."""
    framework, database, cache = request.param
    stack = build(framework=framework, database=database, cache=cache)
    stack.task("up")
    stack.wait_until_ready(len(stack.replicas()))
    stack.seed()
    yield stack
    stack.down()


def blocks(stack: Stack) -> dict[str, str]:
    """Return the chapter's commands by the first word or two of what stands above them."""
    readme = (stack.path / "README.md").read_text()
    chapter = readme.partition("\n## Operate\n")[2].partition("\n## ")[0]
    found = re.findall(r"^([^\n]+)\n\n```sh\n(.*?)^```", chapter, re.DOTALL | re.MULTILINE)
    return {re.split("[;,]", above)[0]: commands for above, commands in found}


def run(stack: Stack, commands: str) -> None:
    """Run them in a shell of their own; the first that fails ends it."""
    here = commands.replace("uv run poe", f"{sys.executable} scripts/stack.py")
    here = here.replace("my-service:latest", stack.image)
    stack.command("bash", "-euo", "pipefail", "-c", here)


def log_in(stack: Stack) -> dict[str, str]:
    """Return the header of somebody's session."""
    account = Account.new()
    assert stack.post("/api/accounts", account.sign_up()).status_code == 201
    cookie = session_cookie(stack.post("/api/session", account.sign_in()))
    assert cookie
    return {"Cookie": f"{cookie.key}={cookie.value}"}


def posts(stack: Stack, session: dict[str, str]) -> Any:
    """Return the newest posts, past every cache."""
    answer = stack.get("/api/posts", session)
    assert answer.status_code == 200
    return answer.json()


def test_a_backup_brings_back_what_was_there(service: Stack) -> None:
    session = log_in(service)
    before = posts(service, session)
    commands = blocks(service)["Back up the stack's database"]
    back_up, restore = re.split("^(?=docker compose stop app)", commands, flags=re.MULTILINE)
    run(service, back_up)
    assert service.post("/api/posts", POST, session).status_code == 201
    assert posts(service, session) != before
    # A shell of its own: it knows what the first lines have exported, and makes no other backup.
    exported = "".join(re.findall("^export .*\n", back_up, re.MULTILINE))
    run(service, exported + restore)
    service.wait_until_ready(len(service.replicas()))
    assert posts(service, log_in(service)) == before


def test_a_new_password_of_the_database(service: Stack) -> None:
    commands = blocks(service).get("A new password")
    if commands is None:
        assert "sqlite" in service.compose("config")
        pytest.skip("SQLite has no password")
    secret = service.path / "secrets" / "database_password"
    before, replicas = secret.read_text(), set(service.replicas())
    run(service, commands)
    assert secret.read_text() != before
    assert not replicas & set(service.replicas())
    assert posts(service, log_in(service))


def test_a_new_secret_key_ends_all_sessions(service: Stack) -> None:
    session = log_in(service)
    assert service.get("/api/session", session).json()["user"]
    run(service, blocks(service)["A new `secret_key`"])
    assert not service.get("/api/session", session).json()["user"]
    assert service.get("/api/session", log_in(service)).json()["user"]
