"""One running stack for each framework and balancer, for the whole test run."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from shutil import copytree

import httpx2
import pytest

from contract.visitor import Account
from matrix import AXES
from servers.unavailable import unavailable

from .engine import docker, missing
from .load import mixed
from .running import OVERRIDE, Stack, eventually

HERE = Path(__file__).parent
ECHO = """\
services:
  app:
    command: [python, /echo.py]
    volumes: ["./echo.py:/echo.py:ro"]
    healthcheck: { test: [CMD, "true"] }
    depends_on: !reset {}
  migrate: !reset null
  database: !reset null
  cache: !reset null
  sessions: !reset null
"""

FRAMEWORKS, BALANCERS = AXES["framework"], AXES["load_balancer"]


def one_by_one(name: str) -> pytest.MarkDecorator:
    """Mark tests that share a stack: they run in one process."""
    return pytest.mark.xdist_group(name)


# What each framework is put to; the rest is the balancers' own, or Compose's.
FOR_ALL_FRAMEWORKS = {"test_contract", "test_faults", "test_replicas_are_replaced_one_by_one"}


def combinations(names: set[str], *, every: bool) -> list[tuple[str, str]]:
    """Return frameworks with balancers: those that matter to one of the names, or all."""
    if every:
        return list(itertools.product(FRAMEWORKS, BALANCERS))
    few = list(zip(FRAMEWORKS, itertools.cycle(BALANCERS), strict=False))
    return few if names & FOR_ALL_FRAMEWORKS else few[: len(BALANCERS)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes ``stack`` on each, all tests of one before those of the next."""
    if "stack" in metafunc.fixturenames:
        names = {metafunc.module.__name__.rpartition(".")[2], metafunc.function.__name__}
        rows = combinations(names, every=metafunc.config.getoption("all_combinations"))
        params = [
            pytest.param(row, id="-".join(row), marks=one_by_one("-".join(row))) for row in rows
        ]
        metafunc.parametrize("stack", params, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine() -> None:
    """Skip without a container engine; in CI, where one was to be expected, fail."""
    reason = missing()
    if reason:
        unavailable(reason)


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
        stack = Stack(
            path,
            answers.get("load_balancer", BALANCERS[0]),
            answers.get("framework", FRAMEWORKS[0]),
        )
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


@pytest.fixture(params=[pytest.param(name, marks=one_by_one(f"echo-{name}")) for name in BALANCERS])
def build_echo(
    request: pytest.FixtureRequest, echo_stacks: Callable[[str], Stack]
) -> Iterator[Callable[..., Stack]]:
    """Return what starts a balancer in front of an echo, with some settings."""
    stack = echo_stacks(request.param)
    changed = dict(stack.environment)

    def start(before: Callable[[Stack], None] | None = None, **settings: str) -> Stack:
        stack.environment.update(settings)
        if before:
            before(stack)
        stack.task("up")
        eventually(lambda: stack.get("/").status_code in (200, 308), 60)
        return stack

    yield start
    stack.down()
    stack.environment = changed
    (stack.path / "secrets" / "tls.pem").unlink(missing_ok=True)


@pytest.fixture(scope="session")
def echo_stacks(build: Callable[..., Stack]) -> Callable[[str], Stack]:
    """Return a stack with the echo in the place of the service, for each balancer."""

    @cache
    def make(balancer: str) -> Stack:
        stack = build(load_balancer=balancer)
        shutil.copy(HERE / "echo.py", stack.path)
        (stack.path / "compose.override.yaml").write_text(ECHO)
        return stack

    return make


@pytest.fixture
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
