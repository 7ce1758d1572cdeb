"""The load generator beside the stack: one that tells two workers what to do, and judges."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import httpx2
import pytest

from servers.ports import free_port

from .running import Stack, eventually

pytestmark = pytest.mark.xdist_group("load")
PATIENCE = 120.0  # seconds for a profile of fifteen


@pytest.fixture
def loading(build: Callable[..., Stack]) -> Iterator[Stack]:
    """A stack with a generator."""
    stack = build()
    port = str(free_port())
    image = f"{stack.name}-load:latest"
    stack.environment |= {"COMPOSE_PROFILES": "load", "LOAD_PORT": port, "LOAD_IMAGE": image}
    stack.task("up")
    stack.seed()
    yield stack
    stack.down()


def test_two_workers_and_a_verdict(loading: Stack) -> None:
    page = f"http://127.0.0.1:{loading.environment['LOAD_PORT']}"

    def workers() -> int:
        return len(httpx2.get(f"{page}/stats/requests").json()["workers"])

    eventually(lambda: workers() == 2, 30)
    swarm = {"user_count": 1, "spawn_rate": 1, "host": "http://balancer:8080", "profile": "smoke"}
    assert httpx2.post(f"{page}/swarm", data=swarm).json()["success"]

    def state() -> str:
        return str(httpx2.get(f"{page}/stats/requests").json()["state"])

    eventually(lambda: state() == "stopped", PATIENCE)
    loading.compose("cp", "load:/load/loadtest/results", "measured")
    (path,) = (loading.path / "measured").glob("*/summary.json")
    summary = json.loads(path.read_text())
    assert summary["profile"] == "smoke"
    assert summary["outcome"] in ("kept", "breached"), summary["sentences"]
    assert not summary["failures"]
