"""A stack that gets other answers starts on new stores, and finds the old ones when they return."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from .engine import docker
from .running import Stack
from .test_operate import log_in, posts

pytestmark = pytest.mark.xdist_group("other-answers")

KEPT = {".env", "compose.override.yaml", "secrets"}


def start(stack: Stack) -> None:
    """Start it as it is now."""
    stack.prepare()
    stack.task("up")
    stack.wait_until_ready()


def become(stack: Stack, project: Path) -> None:
    """Make of it what an update makes of a service that nobody has edited, and start it anew."""
    for path in stack.path.iterdir():
        if path.name not in KEPT:
            rmtree(path) if path.is_dir() else path.unlink()
    copytree(project, stack.path, dirs_exist_ok=True)
    stack.task("down")
    assert not docker("ps", "--all", "--quiet", "--filter", f"name={stack.name}")
    start(stack)


def test_other_stores_and_back(build: Callable[..., Stack], render: Callable[..., Path]) -> None:
    stack = build(database="postgresql", cache="redis")
    start(stack)
    stack.seed()
    before = posts(stack, log_in(stack))
    assert before["items"]

    become(stack, render(database="mariadb", cache="valkey"))
    session = log_in(stack)
    assert not posts(stack, session)["items"]
    docker("restart", stack.container("sessions"))
    stack.wait_until_ready()
    assert stack.get("/api/session", session).json()["user"]

    become(stack, render(database="postgresql", cache="memcached"))
    assert posts(stack, log_in(stack)) == before
