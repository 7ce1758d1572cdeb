"""A generated project: install it, run its commands, serve it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx2

from servers.ports import free_port

START_TIMEOUT = 60.0  # seconds
COMMAND_TIMEOUT = 600.0  # seconds

# Each request has a connection of its own, so that it may reach any worker.
client = httpx2.Client(
    limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
    timeout=60,
    trust_env=False,
    verify=False,  # loading the authorities takes longer than most requests
)

# What a test run may have in its environment that must not leak into a project's.
FOREIGN = ("UV_", "VIRTUAL_ENV", "PYTEST", "PYTHON", "COPIER", "GIT_")
KEPT = ("UV_CACHE_DIR", "UV_PYTHON", "UV_INDEX_URL", "UV_DEFAULT_INDEX")


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a shell that knows nothing of this test run, with ``extra``."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or not name.startswith(FOREIGN)
    }
    return {**kept, **extra}


@dataclass
class Project:
    """A generated project in a directory of its own, with the environment it runs in."""

    path: Path
    package: str
    environment: dict[str, str] = field(default_factory=dict)

    def run(
        self, *command: str | Path, check: bool = True, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the project; its output is shown when it fails."""
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.path,
            env=clean_environment({**self.environment, **extra}),
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT,
        )
        if check and done.returncode:
            raise AssertionError(
                f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done

    def python(self, *arguments: str, check: bool = True, **extra: str) -> str:
        """Run the project's Python and return what it prints."""
        return self.run(self.path / ".venv/bin/python", *arguments, check=check, **extra).stdout

    @property
    def libraries(self) -> Path:
        """Where its libraries are installed."""
        (path,) = self.path.glob(".venv/lib/python*/site-packages")
        return path

    def poe(self, *arguments: str) -> str:
        """Run one of the project's tasks and return what it prints."""
        return self.run("uv", "run", "--no-sync", "poe", *arguments).stdout

    def sync(self, like: Project | None = None) -> None:
        """Install the project, as `uv run` does the first time.

        Args:
            like: a project that has run. What Python has compiled of its libraries is taken over;
                where another version is installed, Python notices and compiles anew.
        """
        self.run("uv", "sync", "--quiet")
        if like is not None:
            for compiled in like.libraries.rglob("__pycache__"):
                place = self.libraries / compiled.relative_to(like.libraries)
                if place.parent.is_dir():
                    copytree(compiled, place, copy_function=os.link)

    def migrate(self) -> None:
        """Bring its database to the newest migration."""
        self.poe("migrate")

    def seed(self, posts: int = 150) -> None:
        """Fill the example's tables."""
        self.poe("seed", "--posts", str(posts))

    @contextmanager
    def serve(self, **extra: str) -> Iterator[Running]:
        """Run the production server on a free port until the block ends."""
        port = free_port()
        environment = {**self.environment, "PORT": str(port), "LOG_FORMAT": "json", **extra}
        log = self.path / f"server-{port}.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [self.path / ".venv/bin/python", "-m", self.package],
                cwd=self.path,
                env=clean_environment(environment),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        running = Running(process, f"http://127.0.0.1:{port}", log)
        try:
            running.wait_until_ready()
            yield running
        finally:
            running.stop()


@dataclass
class Running:
    """A service that runs."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def get(self, path: str, **options: Any) -> httpx2.Response:
        """Send a GET."""
        return client.get(f"{self.url}{path}", **options)

    def post(self, path: str, json: Any, **options: Any) -> httpx2.Response:
        """Send a POST with a JSON body."""
        return client.post(f"{self.url}{path}", json=json, **options)

    def wait_until_ready(self, timeout: float = START_TIMEOUT) -> None:
        """Wait until the service says that it is ready."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if self.get("/readyz", timeout=5).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the service did not start:\n{self.log.read_text()}")

    def workers(self) -> list[int]:
        """Return the process ids of its workers."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children]

    def stop(self, timeout: float = 20.0) -> int:
        """End the service as an orchestrator does; return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
