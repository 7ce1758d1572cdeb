"""Generated projects, as they are or spoilt, served in production mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest

from project.conftest import generate, production, service_urls
from project.service import Project, Running

from .changes import Change

__all__ = ["generate", "production", "service_urls"]

POSTS = 1000


@pytest.fixture
def spoilt(generate: Callable[..., Project], tmp_path: Path) -> Callable[..., Project]:
    """Return a copy of a project with changes in its files."""

    def _spoilt(*changes: Change, **answers: Any) -> Project:
        original = generate(**answers)
        path = tmp_path / "project"
        copytree(original.path, path, ignore=ignore_patterns(".venv", "results"))
        for change in changes:
            change.make(path)
        project = Project(path, original.package)
        project.sync()
        return project

    return _spoilt


@pytest.fixture
def served(production: Callable[..., Project]) -> Iterator[Callable[[Project], Running]]:
    """Serve a project, with posts where it has the example, until the test ends."""
    services = []

    def _served(project: Project) -> Running:
        ready = production(project, "postgresql", "redis")
        # The load tests live with the limit that every service starts with.
        del ready.environment["LOGIN_LIMIT_PER_ADDRESS"]
        if (ready.path / "src" / ready.package / "blog").exists():
            ready.seed(POSTS)
        service = ready.serve()
        services.append(service)
        return service.__enter__()

    yield _served
    for service in services:
        service.__exit__(None, None, None)
