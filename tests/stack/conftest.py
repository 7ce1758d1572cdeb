"""One running stack for each framework and balancer, for the whole test run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import httpx2
import pytest

from contract.visitor import Account
from matrix import AXES

from .engine import docker, missing
from .load import mixed
from .running import OVERRIDE, Stack

FRAMEWORKS, BALANCERS = AXES["framework"], AXES["load_balancer"]


def combinations(*, every: bool) -> list[tuple[str, str]]:
    """Return frameworks with balancers: each at least once, or each with each."""
    pairs = [(framework, balancer) for framework in FRAMEWORKS for balancer in BALANCERS]
    return [pair for pair in pairs if every or pair[0] == FRAMEWORKS[0] or pair[1] == BALANCERS[0]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes ``stack`` on each, all tests of one before those of the next."""
    if "stack" in metafunc.fixturenames:
        rows = combinations(every=metafunc.config.getoption("all_combinations"))
        params = [
            pytest.param(row, id="-".join(row), marks=pytest.mark.xdist_group("-".join(row)))
            for row in rows
        ]
        metafunc.parametrize("stack", params, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine() -> None:
    """Skip without a container engine; in CI, where one was to be expected, fail."""
    reason = missing()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def build(
    engine: None, render: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Stack]]:
    """Return what renders a project and builds its image; all of it is removed at the end."""
    stacks: list[Stack] = []

    def _build(**answers: str) -> Stack:
        path = tmp_path_factory.mktemp("stack") / "project"
        copytree(render(**answers), path)
        (path / "compose.override.yaml").write_text(OVERRIDE)
        stack = Stack(path, answers.get("load_balancer", BALANCERS[0]))
        stacks.append(stack)
        stack.prepare()
        return stack

    yield _build
    for stack in stacks:
        stack.down()
        docker("image", "rm", "--force", stack.image, check=False)


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, build: Callable[..., Stack]) -> Iterator[Stack]:
    """The stack, started and filled with posts."""
    framework, balancer = request.param
    stack = build(framework=framework, load_balancer=balancer)
    stack.task("up")
    stack.wait_until_ready()
    stack.seed()
    yield stack
    stack.down()


@pytest.fixture(scope="session")
def cookie(stack: Stack) -> str:
    """The cookie of somebody who is signed in."""
    account = Account.new()
    with httpx2.Client(base_url=stack.url, timeout=20, trust_env=False) as client:
        assert client.post("/api/accounts", json=account.sign_up()).status_code == 201
        answer = client.post("/api/session", json=account.sign_in())
    assert answer.status_code == 200
    header: str = answer.headers["set-cookie"]
    return header.partition(";")[0]


@pytest.fixture
def visitors(cookie: str) -> Callable[[], object]:
    """What makes the requests of all sorts of visitors."""
    return mixed(cookie)
