"""Runs a generated project for tests that break its parts."""

from __future__ import annotations

from contextlib import ExitStack

from ..blocking import Change
from ..service import Project, Running
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
    """Runs a project, and again when a test has ended it."""

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

    @property
    def project(self) -> Project:
        """The project, to run more of it."""
        return self._project

    def stop(self) -> None:
        """End the service, if there is one."""
        self._budget = None
        self._stack.close()
