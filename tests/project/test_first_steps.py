"""What the README promises a newcomer: one command generates, one serves, at once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from servers.ports import free_port

from .conftest import with_defaults
from .service import Project, clean_environment, client

WITHIN = 30.0  # seconds, with a warm cache of uv, on a machine that does nothing else
NAME = "Žofie's Café & 東京 100% שלום 🚀"


def copy(template: Path, target: Path, **answers: str) -> None:
    """Generate a project by Copier's command line, as the README does."""
    data = [f"--data={name}={value}" for name, value in answers.items()]
    command = [sys.executable, "-m", "copier", "copy", "--defaults", *data, template, target]
    environment = {**clean_environment({}), "GIT_CONFIG_GLOBAL": os.environ["GIT_CONFIG_GLOBAL"]}
    subprocess.run(command, check=True, capture_output=True, env=environment)


@contextmanager
def developing(path: Path) -> Iterator[str]:
    """Run `uv run poe dev` and yield its address once it answers."""
    port = free_port()
    log = path.parent / "dev.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            ["uv", "run", "poe", "dev"],
            cwd=path,
            env=clean_environment({"PORT": str(port)}),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 6 * WITHIN
        while time.monotonic() < deadline and process.poll() is None:
            try:
                client.get(f"{url}/healthz").raise_for_status()
                break
            except httpx2.TransportError:
                time.sleep(0.1)
        else:
            raise AssertionError(log.read_text())
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def crowd() -> float:
    """Return how many times longer all takes because of what else the machine does."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_from_nothing_to_the_first_posts(versioned: Callable[[str], Path], tmp_path: Path) -> None:
    template = versioned("v0.0.1")
    started = time.monotonic()
    copy(template, tmp_path / "service", project_name=NAME, description=f"{NAME}: #1!")
    with developing(tmp_path / "service") as url:
        posts = client.get(f"{url}/api/posts").json()
        took = time.monotonic() - started
        assert took < WITHIN * crowd()
        assert len(posts["items"]) == 20
        # A name of any script is shown unharmed.
        assert client.get(f"{url}/openapi.json").json()["info"]["title"] == NAME
        assert "Žofie" in client.get(f"{url}/docs").text
    assert "Embedded defaults" in (tmp_path / "dev.log").read_text()
    env = tmp_path / "service" / ".env"
    assert re.search(r"^SECRET_KEY=[0-9a-f]{64}$", env.read_text(), re.M)
    assert env.stat().st_mode & 0o077 == 0


@with_defaults
def test_the_doctor(generate: Callable[..., Project], production: Callable[..., Project]) -> None:
    embedded = generate()
    embedded.migrate()
    advice = embedded.run("uv", "run", "poe", "doctor", check=False)
    assert advice.returncode == 1
    assert "set SESSION_URL" in advice.stdout
    assert "set CACHE_URL" in advice.stdout
    assert "run `poe load`" in advice.stdout

    served = production(generate(), "postgresql", "redis")
    served.environment |= {
        "CACHE_TIMEOUT": "0.2",
        "SENTRY_DSN": "http://key@127.0.0.1:1/1",
        "TRUSTED_PROXIES": "127.0.0.1",
    }
    advice = served.run("uv", "run", "poe", "doctor", check=False)
    changes = [line for line in advice.stdout.splitlines() if line.startswith("change")]
    # What the machine's kernel is set to is not the project's.
    changes = [line for line in changes if "tcp_migrate_req" not in line]
    assert len(changes) == 1, advice.stdout
    assert "never load-tested" in changes[0]


@with_defaults
@pytest.mark.parametrize(
    ("variable", "value"),
    [("SECRET_KEY", "change-me"), ("DATABASE_URL", ""), ("WEB_WORKERS", "many")],
)
def test_a_faulty_environment_is_refused_before_anything_starts(
    generate: Callable[..., Project], production: Callable[..., Any], variable: str, value: str
) -> None:
    project = production(generate(), "postgresql", "redis", migrated=False)
    project.environment[variable] = value
    done = project.run(project.path / ".venv/bin/python", "-m", project.package, check=False)
    assert done.returncode == 1
    assert f"  {variable}: " in done.stderr
    assert "Traceback" not in done.stderr
