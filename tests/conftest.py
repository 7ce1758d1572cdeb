"""What tests build on: settings of their own, and each combination of answers rendered once."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns
from typing import Any

import pytest
from jinja2 import Environment
from pytest_copie.plugin import Copie

import matrix
from matrix import ROOT, Answers

pytest_plugins = ["servers.fixtures"]

# The directories whose tests need servers.
SERVER_LAYERS = {"servers", "project", "contract", "load", "monitoring"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-combinations",
        action="store_true",
        help="render every combination of answers, not only enough to hold every pair",
    )
    parser.addoption(
        "--walks", type=int, default=300, help="how many random walks of edits and updates to take"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes ``answers`` for each combination of choices."""
    if "answers" in metafunc.fixturenames:
        whole = metafunc.config.getoption("all_combinations")
        rows = matrix.every() if whole else matrix.pairwise()
        metafunc.parametrize("answers", rows, ids=matrix.name, scope="session")


@pytest.fixture(scope="session", autouse=True)
def _isolated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's git and Copier settings out of the tests."""
    home = tmp_path_factory.mktemp("home")
    (home / "settings.yml").write_text("{}\n")
    (home / "gitconfig").write_text(
        "[user]\n\tname = Tester\n\temail = tester@example.org\n[init]\n\tdefaultBranch = main\n"
        # Throw-away repositories need not outlive the machine.
        "[core]\n\tfsync = none\n[gc]\n\tauto = 0\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COPIER_SETTINGS_PATH", str(home / "settings.yml"))
        patch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick() -> Iterator[None]:
    """Render three times as fast in this process; what tests run as a command is Copier as it is.

    Copier compiles every segment of every path anew, and asks git once per file whether the file
    system keeps modes.
    """
    compile_anew, done = Environment.compile, {}

    def compile_once(
        self: Environment, source: Any, name: str | None = None, *arguments: Any, **options: Any
    ) -> Any:
        if arguments[1:] or options or not isinstance(source, str):
            return compile_anew(self, source, name, *arguments, **options)
        key = source, name, self.trim_blocks, *self.extensions
        if key not in done:
            done[key] = compile_anew(self, source, name, *arguments)
        return done[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Environment, "compile", compile_once)
        patch.setattr("copier._main.Worker._sync_git_index_executable_bit", lambda *_: None)
        yield


def copy_template(target: Path) -> Path:
    """Copy what Copier reads of this repository, without its history, and return ``target``."""
    copy2(ROOT / "copier.yml", target)
    for directory in ("copier", "hooks", "template"):
        ignore = ignore_patterns("__pycache__", ".*_cache")
        copytree(ROOT / directory, target / directory, ignore=ignore)
    return target


def git(where: Path, *arguments: str) -> str:
    """Run git in ``where`` and return what it prints."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=where, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="session")
def template_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working tree as a plain directory: no clone, no warning of changes, twice as fast."""
    return copy_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def shared_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of this test run, the same for all its workers."""
    base = tmp_path_factory.getbasetemp()
    path = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    path.mkdir(exist_ok=True)
    return path


@pytest.fixture(scope="session")
def render(copie_session: Copie, template_copy: Path, shared_path: Path) -> Callable[..., Path]:
    """Render a project; each combination of answers once per test run. Copy it to change it."""
    defaults = matrix.every()[0]

    def _render(**answers: Any) -> Path:
        wanted = json.dumps({**defaults, **answers}, sort_keys=True)
        project = shared_path / hashlib.sha256(wanted.encode()).hexdigest()[:16]
        if not project.exists():
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                result = copie_session.copy(extra_answers=answers, template_dir=template_copy)
            if result.exception:
                raise result.exception
            assert result.project_dir
            with suppress(OSError):  # another worker was faster, with the same result
                result.project_dir.rename(project)
            assert project.is_dir()
        return project

    return _render


@pytest.fixture(scope="session")
def project(answers: Answers, render: Callable[..., Path]) -> Path:
    """The rendered project of a combination of choices; read it only."""
    return render(**answers)


@pytest.fixture
def versioned(tmp_path: Path) -> Callable[[str], Path]:
    """Release the working tree, with what a test changed, as a tag of a throw-away repository."""
    repository = tmp_path / "versioned"
    repository.mkdir()
    copy_template(repository)
    git(repository, "init", "--quiet")

    def release(tag: str) -> Path:
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--allow-empty", "--message", tag)
        git(repository, "tag", tag)
        return repository

    return release


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in the directories of layers of their own."""
    for item in items:
        layer = item.path.relative_to(ROOT / "tests").parts[0]
        if layer in SERVER_LAYERS:
            item.add_marker(pytest.mark.servers)
        elif layer in ("stack", "update"):
            item.add_marker(getattr(pytest.mark, layer))
