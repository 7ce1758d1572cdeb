"""More replicas, in a container engine: the generated stack, behind its own balancer."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import httpx2

from contract.visitor import Account
from stack.engine import docker
from stack.engine import missing as no_engine
from stack.quarters import missing as no_wrk
from stack.quarters import rate
from stack.running import OVERRIDE, Stack

from ..effort import Effort
from ..subject import render
from .series import Point, Series

SESSIONS = 50  # of as many clients, who take turns
NUMBERS = (1, 2, 4)
PATIENCE = 4  # times as long as for the rest: a share of a core comes in slices


def missing() -> str | None:
    """Return what is missing to measure this, in a sentence; None if nothing is."""
    return no_engine() or no_wrk()


def replicas(framework: str, template: Path, effort: Effort) -> list[Point]:
    """Compare what 1, 2 and 4 replicas serve, each on a quarter of a core, and nothing caches.

    Args:
        framework: its name.
        template: a copy of the template; the project is put beside it.
        effort: rounds and seconds.
    """
    path = template.with_name(f"{framework}-stack")
    render(template, path, framework=framework, project_name="my-service")
    (path / "compose.override.yaml").write_text(OVERRIDE)
    stack = Stack(path, "haproxy", framework)
    try:
        stack.prepare()
        stack.task("up")
        stack.wait_until_ready()
        stack.seed()
        cookies = [_sign_in(stack) for _ in range(SESSIONS)]
        rates = {
            number: median(
                rate(stack, number, "/api/session", cookies, PATIENCE * effort.seconds)
                for _ in range(effort.rounds)
            )
            for number in NUMBERS
        }
    finally:
        stack.down()
        docker("image", "rm", "--force", stack.image, check=False)
    return [
        Point(framework, Series.REPLICAS, number, found / rates[1])
        for number, found in rates.items()
    ]


def _sign_in(stack: Stack) -> str:
    """Return the cookie of somebody who is signed in."""
    account = Account.new()
    with httpx2.Client(base_url=stack.url, timeout=20, trust_env=False) as client:
        client.post("/api/accounts", json=account.sign_up()).raise_for_status()
        answer = client.post("/api/session", json=account.sign_in()).raise_for_status()
    return str(answer.headers["set-cookie"]).partition(";")[0]
