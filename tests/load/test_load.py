"""`poe load`: green on a good service, red on a spoilt one, and never green on nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from matrix import AXES
from project.service import Project, Running

from . import changes
from .changes import Change

# One after the other: each measures.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("load")]

WITHIN = 30.0  # seconds that the smoke profile may take in all
PNG = b"\x89PNG"

Serve = Callable[[Project], Running]


def load(project: Project, service: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `poe load` as a user does."""
    command = ["uv", "run", "poe", "load", "--host", service.url, *arguments]
    return project.run(*command, check=False)


def summaries(project: Project) -> list[dict[str, Any]]:
    """Return what the runs of a project left, the oldest first."""
    paths = sorted((project.path / "loadtest" / "results").glob("*/summary.json"))
    return [json.loads(path.read_bytes()) for path in paths]


@pytest.mark.parametrize("framework", AXES["framework"])
def test_smoke_is_green(framework: str, spoilt: Callable[..., Project], served: Serve) -> None:
    project = spoilt(framework=framework)
    assert re.search(r"\d\d passed", project.run("uv", "run", "poe", "check-load").stdout)
    service = served(project)
    doctor = project.run("uv", "run", "poe", "doctor", check=False).stdout
    assert "never load-tested: nobody knows" in doctor

    started = time.monotonic()
    done = load(project, service)
    took = time.monotonic() - started
    assert done.returncode == 0, done.stdout + done.stderr
    assert took < WITHIN
    assert "All objectives are kept." in done.stdout
    assert re.search(r"Generator: 1 process, .* its limit is near \d", done.stdout)
    assert "users" in done.stderr, "there is no progress"

    [summary] = summaries(project)
    assert summary["outcome"] == "kept"
    assert {check["outcome"] for check in summary["checks"]} <= {"kept", "too few"}
    assert not summary["failures"]
    [stage] = summary["stages"]
    assert stage["figures"]["overall"]["requests"] > 500
    [results] = (project.path / "loadtest" / "results").iterdir()
    assert "GET /api/posts" in done.stdout
    assert "/api/posts" in (results / "report.html").read_text()
    assert (results / "plot.png").read_bytes().startswith(PNG)
    doctor = project.run("uv", "run", "poe", "doctor", check=False).stdout
    assert "ok      never load-tested" in doctor


@pytest.mark.parametrize(
    ("spoil", "breached"),
    [
        pytest.param([changes.SLEEP], "p50 of GET /api/session", id="sleep"),
        pytest.param(
            [changes.N_PLUS_1], "p50 of GET /api/posts?after={cursor}", id="a query for each row"
        ),
        pytest.param(
            [changes.COUNT, changes.TWO_PERCENT_ERRORS],
            "error_rate of GET /api/session",
            id="errors",
        ),
    ],
)
def test_a_regression_is_red(
    spoil: list[Change], breached: str, spoilt: Callable[..., Project], served: Serve
) -> None:
    project = spoilt(*spoil, framework="fastapi")
    done = load(project, served(project))
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"Breached: {breached}" in done.stdout
    [summary] = summaries(project)
    assert summary["outcome"] == "breached"
    crashes = "GET /api/session: 500" if changes.COUNT in spoil else "nothing"
    assert all(failure.startswith(crashes) for failure in summary["failures"])


def test_a_service_that_stands_still_is_red(spoilt: Callable[..., Project], served: Serve) -> None:
    project = spoilt(changes.LONG_ENOUGH_TO_STAND_STILL, changes.NO_THROUGHPUT, example=False)
    service = served(project)

    def asked() -> int:
        found = re.findall(
            r'http_requests_total\{.*"/healthz".*\} (\S+)', service.get("/metrics").text
        )
        return int(sum(map(float, found)))

    with ThreadPoolExecutor() as pool:
        done = pool.submit(load, project, service)
        before = asked()
        while asked() < before + 100 and not done.done():
            time.sleep(0.1)
        processes = [service.process.pid, *service.workers()]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        time.sleep(9)
        for process in processes:
            os.kill(process, signal.SIGCONT)
    assert done.result().returncode == 1, done.result().stdout + done.result().stderr
    assert re.search(
        r"Breached: longest_silence of overall: [6-9] s, objective 5 s", done.result().stdout
    )


def test_worse_than_before_is_red(spoilt: Callable[..., Project], served: Serve) -> None:
    project = spoilt(changes.SHORT, changes.NO_THROUGHPUT, example=False)
    service = served(project)
    assert "nothing to compare with" in load(project, service, "--compare").stderr
    assert load(project, service).returncode == 0
    done = load(project, service, "--compare")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Of \d+ numbers compared, 0 are worse", done.stdout)

    [before, _] = summaries(project)
    before["stages"][0]["figures"]["overall"]["throughput"] *= 10
    kept = project.path / "kept.json"
    kept.write_text(json.dumps(before))
    done = load(project, service, "--compare", str(kept))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Worse than before: throughput of overall went from" in done.stdout


def test_a_run_without_requests_is_not_green(spoilt: Callable[..., Project], served: Serve) -> None:
    project = spoilt(changes.SHORT, changes.ASKS_NOTHING, example=False)
    done = load(project, served(project))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Breached: requests of overall: 0, objective 1" in done.stdout


def test_a_busy_generator_is_not_taken_for_the_service(
    spoilt: Callable[..., Project], served: Serve
) -> None:
    project = spoilt(changes.SHORT, changes.IS_BUSY_ITSELF, example=False)
    done = load(project, served(project))
    assert done.returncode == 3, done.stdout + done.stderr
    assert "The generator was saturated" in done.stdout
    assert "NOT JUDGED" in done.stdout


def test_several_processes(spoilt: Callable[..., Project], served: Serve) -> None:
    project = spoilt(changes.SHORT, changes.NO_THROUGHPUT, example=False)
    done = load(project, served(project), "--processes", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Generator: 2 processes" in done.stdout


def test_what_cannot_be_run_is_refused(spoilt: Callable[..., Project], served: Serve) -> None:
    project = spoilt(example=False)
    service = served(project)

    def refused(sentence: str, *arguments: str) -> None:
        done = load(project, service, *arguments)
        assert done.returncode == 2, done.stdout + done.stderr
        assert f"load: {sentence}" in done.stderr
        assert "Traceback" not in done.stderr

    refused("there is no profile 'smok'; choose from smoke,", "--profile", "smok")
    refused("http://127.0.0.1:9 cannot be reached", "--host", "http://127.0.0.1:9")
    refused("no user has a task with these tags: nonsense", "--tags", "nonsense")
    Change("loadtest/slo.toml", "p99 =", "p90 =").make(project.path)
    refused("slo.toml: overall.p90: there is no such name")
    Change("loadtest/slo.toml", "p90 =", "p99 =").make(project.path)
    Change("loadtest/slo.toml", '"GET /healthz"', '"GET /health"').make(project.path)
    refused("slo.toml: endpoints has no 'GET /health'; did you mean 'GET /healthz'?")
    assert not summaries(project)
