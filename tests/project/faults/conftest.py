"""Services to break: one for each framework and pair of stores, shared by all tests of faults.

A service has to recover from each fault anyway; after those that end it, or need another budget,
there is a new one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from shutil import copytree, ignore_patterns

import pytest

from matrix import AXES

from ..blocking import CHANGES, add_blocking_routes
from ..conftest import in_one_process
from ..service import Project, Running
from .host import CRASH_LOOP, SHORT, Host
from .observing import eventually, starts


@pytest.fixture(scope="session")
def make_host(
    generate: Callable[..., Project],
    production: Callable[..., Project],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, str, str], Host]:
    """Return a function that makes a host for a framework, a database and a cache.

    Its project has routes that block, as a careless owner might add them, and 100 posts.
    """

    def _make(framework: str, database: str, cache: str) -> Host:
        generated = generate(framework=framework, database=database, cache=cache)
        path = tmp_path_factory.mktemp("faulty") / "project"
        copytree(generated.path, path, ignore=ignore_patterns(".venv"))
        project = Project(path, generated.package)
        add_blocking_routes(project, framework)
        project.sync(like=generated)
        production(project, database, cache).seed(100)
        return Host(project, CHANGES[framework])

    return _make


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(framework, marks=in_one_process(framework, "postgresql", "redis"))
        for framework in AXES["framework"]
    ],
)
def host(
    request: pytest.FixtureRequest, make_host: Callable[[str, str, str], Host]
) -> Iterator[Host]:
    """A host on PostgreSQL, with Redis for both stores."""
    host = make_host(request.param, "postgresql", "redis")
    yield host
    host.stop()


@pytest.fixture
def service(host: Host) -> Running:
    """The service, with a budget of seconds."""
    return host.run(SHORT)


@pytest.fixture
def killable_service(service: Running) -> Running:
    """The service, whose workers have all lived for long enough to be missed."""
    eventually(lambda: time.time() - starts(service)[-1] > CRASH_LOOP)
    return service


@pytest.fixture
def patient_service(host: Host) -> Running:
    """The service, with the budget of other tests, which nothing here uses up."""
    return host.run({})
