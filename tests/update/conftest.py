"""The repositories that projects are rendered from and updated by, each made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import fork, releases


@pytest.fixture(scope="session")
def fork_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of the small fork, with all its versions."""
    return fork.build(tmp_path_factory.mktemp("fork") / "template")


@pytest.fixture(scope="session")
def template_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template's own repository, with its releases and the working tree as the next one."""
    return releases.clone(tmp_path_factory.mktemp("releases") / "template")
