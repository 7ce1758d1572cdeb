"""The manifest of releases, and what each of them leaves behind for later ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.version import Version

from conftest import git
from matrix import ROOT

from .releases import clone, released


def test_versions_are_in_order_and_in_the_changelog() -> None:
    versions = list(released())
    assert versions == sorted(versions, key=Version)
    assert all(re.fullmatch(r"v\d+\.\d+\.\d+", version) for version in versions)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^## (v\S+)", changelog) == versions[::-1]


@pytest.mark.parametrize("version", released())
def test_a_release_is_history_of_this_commit(version: str) -> None:
    git(ROOT, "merge-base", "--is-ancestor", released()[version], "HEAD")


def test_a_clone_has_a_tag_for_each_release(tmp_path: Path) -> None:
    repository = clone(tmp_path / "template")
    for version, commit in released().items():
        assert git(repository, "rev-parse", f"{version}^{{commit}}").strip() == commit
