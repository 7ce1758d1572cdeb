"""Every project passes its own `poe check`, on embedded defaults and on real servers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix import AXES

from .conftest import DEFAULTS, in_one_process
from .service import Project

# Nobody listens there.
OF_SOMEBODY = """
DATABASE_URL=postgresql://user:password@127.0.0.1:1/name
CACHE_URL=redis://127.0.0.1:1/0
SESSION_URL=redis://127.0.0.1:1/1
CACHE_TIMEOUT=1
"""


def ran(output: str) -> int:
    """Return how many tests passed, and insist that some did and none failed."""
    passed = re.search(r"(\d+) passed", output)
    assert passed, output
    assert "failed" not in output
    return int(passed[1])


@pytest.fixture(scope="session")
def types(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variable for a cache of mypy that all projects share, as they do libraries.

    What differs between them mypy finds by itself.
    """
    return {"MYPY_CACHE_DIR": str(tmp_path_factory.mktemp("mypy"))}


def test_on_real_servers(
    framework: str,
    database: str,
    cache: str,
    generate: Callable[..., Project],
    service_urls: Callable[[str, str], dict[str, str]],
    types: dict[str, str],
) -> None:
    project = generate(framework=framework, database=database, cache=cache)
    project.environment = service_urls(database, cache)
    assert ran(project.run("uv", "run", "poe", "check", **types).stdout) > 20
    # Its tests have migrated the database.
    if framework != "django":  # whose own check has it
        project.python("-m", "alembic", "check")  # the models and the migrations agree
        project.python("-m", "alembic", "downgrade", "base")


@pytest.mark.parametrize(
    ("framework", "example"),
    [
        pytest.param(
            framework,
            example,
            marks=in_one_process(framework, DEFAULTS["database"], DEFAULTS["cache"]),
        )
        for framework in AXES["framework"]
        for example in (True, False)
    ],
)
def test_on_embedded_defaults(
    framework: str, example: bool, generate: Callable[..., Project], types: dict[str, str]
) -> None:
    project = generate(framework=framework, example=example)
    settings = project.path / ".env"
    settings.write_text(OF_SOMEBODY)  # not for the tests
    try:
        assert ran(project.run("uv", "run", "poe", "check", **types).stdout) > 20
    finally:
        settings.unlink()


@pytest.mark.parametrize(
    "framework",
    [
        pytest.param(
            framework,
            marks=in_one_process(framework, DEFAULTS["database"], DEFAULTS["cache"]),
        )
        for framework in AXES["framework"]
    ],
)
def test_posts_that_are_there_survive_the_tests(
    framework: str, generate: Callable[..., Project], tmp_path: Path
) -> None:
    project = generate(framework=framework)
    project.environment = {"DATABASE_URL": f"sqlite:///{tmp_path / 'mine.db'}"}
    project.migrate()
    project.seed()
    tests = project.run("uv", "run", "pytest", "tests/test_blog.py", check=False)
    if framework == "django":  # whose tests have a database of their own
        assert not tests.returncode, tests.stdout
    else:
        assert "with posts" in tests.stdout + tests.stderr
        assert tests.returncode == 2
    assert "already" in project.run("uv", "run", "poe", "seed").stderr
