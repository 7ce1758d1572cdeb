"""The service contract holds through the balancer, with two replicas behind it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2

from .running import Stack

SUITE = Path(__file__).parents[1] / "contract"
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
OPTIONS = ["--production", "--behind-balancer", "--processes", "4"]  # two of each replica


def test_contract(stack: Stack) -> None:
    done = subprocess.run(
        [*PYTEST, SUITE, *OPTIONS, "--base-url", stack.url],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d\d\d passed", done.stdout), done.stdout


def test_a_session_is_known_on_every_replica(stack: Stack, cookie: str) -> None:
    """Ask each replica itself, by its address, as the balancer does."""
    headers = {"Host": "localhost", "Cookie": cookie}
    ask = (
        "import http.client\n"
        "c = http.client.HTTPConnection('127.0.0.1', 8000)\n"
        f"c.request('GET', '/api/session', headers={headers!r})\n"
        "print(c.getresponse().read().decode())"
    )
    answers = [stack.python(replica, "-c", ask) for replica in stack.replicas()]
    assert len(answers) == 2
    assert all('"user":{' in answer for answer in answers)
    signed_out = httpx2.get(f"{stack.url}/api/session", timeout=20, trust_env=False)
    assert signed_out.json()["user"] is None


def test_both_replicas_get_requests(stack: Stack) -> None:
    for _ in range(40):
        assert stack.get("/readyz").status_code == 200
    servers = {line["server"] for line in stack.logs("balancer") if line["path"] == "/readyz"}
    assert len(servers - {"<NOSRV>"}) >= 2


def test_small_stacks_are_whole(build: Callable[..., Stack]) -> None:
    """SQLite and no cache server: several replicas all the same, on one machine."""
    small = build(database="sqlite", cache="none")
    try:
        small.task("up")
        small.wait_until_ready()
        small.seed(30)
        assert len(small.get("/api/posts?limit=30").json()["items"]) == 30
        services = small.compose("config", "--services").split()
        assert sorted(services) == ["app", "balancer", "migrate"]
    finally:
        small.down()
