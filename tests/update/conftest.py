"""The repositories that projects are rendered from and updated by, each made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from copier._vcs import clone

from . import fork, releases
from .project import Start, begin, copy


@pytest.fixture(scope="session")
def fork_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of the small fork, with all its versions."""
    return fork.build(tmp_path_factory.mktemp("fork") / "template")


@pytest.fixture(scope="session")
def template_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template's own repository, with its releases and the working tree as the next one."""
    return releases.clone(tmp_path_factory.mktemp("releases") / "template")


@pytest.fixture
def start(fork_path: Path, tmp_path: Path) -> Start:
    """Make a project of a version of the fork, with some answers."""

    def _start(version: str = "v1.0.0", name: str = "project", **answers: Any) -> Path:
        path = tmp_path / name
        copy(fork_path, path, version, answers)
        begin(path)
        return path

    return _start


@pytest.fixture(scope="session", autouse=True)
def _clones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Clone each version of a template once; Copier gets a copy of that, which it deletes."""
    kept = tmp_path_factory.mktemp("clones")
    done: dict[tuple[str, str], Path] = {}

    def clone_once(url: str, ref: str, location: str) -> str:
        if (url, ref) not in done:
            done[url, ref] = kept / str(len(done))
            clone(url, ref, str(done[url, ref]))
        return str(copytree(done[url, ref], location, dirs_exist_ok=True))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("copier._template.clone", clone_once)
        patch.setenv("GIT_TEMPLATE_DIR", "")  # a repository needs no examples of hooks
        yield
