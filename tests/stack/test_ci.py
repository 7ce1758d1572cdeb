"""What the generated CI does with the stack: starts it, loads it, and judges it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import yaml

from matrix import AXES

from .conftest import one_by_one
from .running import LIMITS, Stack

ADDRESSES = ("http://127.0.0.1:8080", "http://docker:8080")
ROWS = list(
    zip(AXES["framework"], cycle(AXES["load_balancer"]), cycle(["github", "gitlab"]), strict=False)
)


def steps(project: Path) -> list[str]:
    """Return what the CI's job for the stack runs while all goes well."""
    gitlab = project / ".gitlab-ci.yml"
    if gitlab.exists():
        text = gitlab.read_text()
        return list(yaml.safe_load(text)["stack"]["script"])
    workflow = yaml.safe_load((project / ".github/workflows/ci.yaml").read_text())
    return [
        step["run"]
        for step in workflow["jobs"]["stack"]["steps"]
        if "run" in step and "if" not in step
    ]


@pytest.fixture(
    params=[pytest.param(row, id="-".join(row), marks=one_by_one("ci")) for row in ROWS]
)
def generated(request: pytest.FixtureRequest, build: Callable[..., Stack]) -> Iterator[Stack]:
    """A stack as it is generated, with its own limits."""
    framework, balancer, ci = request.param
    stack = build(framework=framework, load_balancer=balancer, ci=ci)
    (stack.path / "compose.override.yaml").unlink()
    for name in LIMITS:
        del stack.environment[name]
    yield stack
    stack.down()


def test_gitlab_finds_the_stack(engine: None, render: Callable[..., Path]) -> None:
    """There it is on the engine's machine, under the name of that."""
    project = render(ci="gitlab")
    job = yaml.safe_load((project / ".gitlab-ci.yml").read_text())["stack"]
    names = ("ALLOWED_HOSTS", "BALANCER_ADDRESS")
    variables = {name: job["variables"][name] for name in names}
    stack = Stack(project, AXES["load_balancer"][0])
    services = json.loads(stack.compose("config", "--format", "json", **variables))["services"]
    assert services["balancer"]["ports"][0]["host_ip"] == "0.0.0.0"
    assert "docker" in services["app"]["environment"]["ALLOWED_HOSTS"].split(",")


def run(stack: Stack) -> Any:
    """Run the job's steps, until one fails; return how that ended."""
    for step in steps(stack.path):
        script = step
        for address in ADDRESSES:
            script = script.replace(address, stack.url)
        done = stack.command("bash", "-eo", "pipefail", "-c", script, check=False)
        if done.returncode:
            break
    return done


def test_the_stack_keeps_its_objectives(generated: Stack) -> None:
    done = run(generated)
    assert not done.returncode, done.stdout + done.stderr
    assert "loadtest/results/" in done.stdout
    assert list((generated.path / "loadtest/results").glob("*/*.html"))
