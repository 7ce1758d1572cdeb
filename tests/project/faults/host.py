"""Runs a generated project for tests that break its parts."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

from ..blocking import Change
from ..service import Project, Running, clean_environment
from .observing import eventually

# One budget, shorter than in production, so that the tests need not wait for its end.
SHORT = {
    "CACHE_TIMEOUT": "0.2",
    "STATEMENT_TIMEOUT": "1",
    "CPU_TIME_LIMIT": "3",
    "REQUEST_TIMEOUT": "4",
    "STALL_WARNING": "0.5",
    "STALL_LIMIT": "8",
}

# Granian ends when a worker dies this soon after its start: it takes that for a loop.
CRASH_LOOP = 6.0  # seconds


class Host:
    """Runs a project, and again when a test has ended it.

    Attributes:
        project: to run more of it.
    """

    def __init__(self, project: Project, change: Change) -> None:
        self.change = change
        self.project = project
        self._stack = ExitStack()
        self._budget: dict[str, str] | None = None

    def run(self, budget: dict[str, str]) -> Running:
        """Return a service with this budget that is in order."""
        if budget != self._budget or self._running.process.poll() is not None:
            self.stop()
            self._running = self._stack.enter_context(self.project.serve(**budget))
            self._budget = budget
        eventually(lambda: len(self._running.workers()) == 2)
        self._running.wait_until_ready()
        return self._running

    def stop(self) -> None:
        """End the service, if there is one."""
        self._budget = None
        self._stack.close()


@contextmanager
def started(
    project: Project,
    port: int,
    module: str = "",
    *,
    prefix: tuple[str, ...] = (),
    output: IO[str] | int | None = None,
    **extra: str,
) -> Iterator[Running]:
    """Run the server, or another module of the package, whether it comes up or not.

    Args:
        project: what to run.
        port: where it is to listen.
        module: such as ``.dev``.
        prefix: a command that runs the server's.
        output: where it writes, if not to the log.
        extra: variables of the environment.
    """
    environment = {**project.environment, "PORT": str(port), "LOG_FORMAT": "json", **extra}
    log = project.path / f"started-{time.monotonic_ns()}.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [*prefix, project.path / ".venv/bin/python", "-m", f"{project.package}{module}"],
            cwd=project.path,
            env=clean_environment(environment),
            stdout=file if output is None else output,
            stderr=subprocess.STDOUT,
        )
    running = Running(process, f"http://127.0.0.1:{port}", log)
    try:
        yield running
    finally:
        running.stop()
