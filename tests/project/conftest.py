"""Projects for each framework, database and cache, installed once, on real servers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any
from urllib.parse import urlsplit

import pytest

from matrix import every, pairwise

from .service import Project

PACKAGE = "my_service"
SECRET = "7f2c9a51d0e84b6c93a8f15e6d7b0c24"
STALENESS = 1  # second, for which tests often wait

# Tests crowd the machine: what is slow there is not down.
PATIENCE = {
    "CACHE_TIMEOUT": "5",
    "CPU_TIME_LIMIT": "50",
    "REQUEST_TIMEOUT": "55",
    "DRAIN_TIMEOUT": "60",
    "STOP_GRACE": "65",
    "STALL_LIMIT": "60",
}


def in_one_process(framework: str, database: str, cache: str) -> pytest.MarkDecorator:
    """Mark tests of one project: they run in one process, which installs it once."""
    return pytest.mark.xdist_group(f"{framework}-{database}-{cache}")


DEFAULTS = every()[0]
COMBINED = ("framework", "database", "cache")
with_defaults = in_one_process(DEFAULTS["framework"], DEFAULTS["database"], DEFAULTS["cache"])
numbers = itertools.count()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes framework, database and cache for combinations of them."""
    if not set(COMBINED) <= set(metafunc.fixturenames):
        return
    whole = metafunc.config.getoption("all_combinations")
    found = [tuple(row.values()) for row in (every if whole else pairwise)(COMBINED)]
    rows = [pytest.param(*row, marks=in_one_process(*row), id="-".join(row)) for row in found]
    metafunc.parametrize(COMBINED, rows)


@pytest.fixture(scope="session")
def generate(
    render: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Project]:
    """Return an installed project for some answers; each combination is installed once."""
    done: dict[frozenset[tuple[str, Any]], Project] = {}

    def _generate(**answers: Any) -> Project:
        key = frozenset({**DEFAULTS, **answers}.items())
        if key not in done:
            path = tmp_path_factory.mktemp("generated") / "project"
            copytree(render(**answers), path)
            project = Project(path, PACKAGE)
            project.sync(like=next(reversed(done.values()), None))
            done[key] = project
        return Project(done[key].path, PACKAGE)

    return _generate


@pytest.fixture(scope="session")
def service_urls(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], dict[str, str]]:
    """Return the variables that name real servers: a fresh database, an empty cache."""

    def _urls(database: str, cache: str) -> dict[str, str]:
        urls: dict[str, str] = {}
        if database == "sqlite":
            urls["DATABASE_URL"] = f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/service.db"
        else:
            server = request.getfixturevalue(database)
            urls["DATABASE_URL"] = server.create_database(f"service{next(numbers)}")
        if cache != "none":
            server = request.getfixturevalue(cache)
            server.flush()
            urls["CACHE_URL"] = server.url
        if cache in ("redis", "valkey"):
            server = request.getfixturevalue(f"{cache}_sessions")
            server.flush()
            urls["SESSION_URL"] = server.url
        return urls

    return _urls


@pytest.fixture(scope="session")
def production(service_urls: Callable[[str, str], dict[str, str]]) -> Callable[..., Project]:
    """Point a project at real servers, as production would, and make its tables."""

    def _production(
        project: Project, database: str, cache: str, *, migrated: bool = True
    ) -> Project:
        project.environment = {
            "ENVIRONMENT": "production",
            "SECRET_KEY": SECRET,
            "ALLOWED_HOSTS": "127.0.0.1",
            "WEB_WORKERS": "2",
            "CACHE_STALENESS": str(STALENESS),
            "LOGIN_LIMIT": "5/minute",
            "LOGIN_LIMIT_PER_ADDRESS": "10000/minute",
            "REGISTRATION_LIMIT": "10000/minute",
            **PATIENCE,
            **service_urls(database, cache),
        }
        assert all(urlsplit(url).scheme for url in project.environment.values() if "://" in url)
        if migrated:
            project.migrate()
        return project

    return _production
