"""The template's history as tests need it: a clone with a tag for each release."""

from __future__ import annotations

import tomllib
from pathlib import Path
from shutil import copy2

from conftest import copy_template, git
from matrix import ROOT

HEAD = "v1000.0.0"  # the working tree, as the release that it will be


def released() -> dict[str, str]:
    """Return the commit of each release, the oldest first."""
    return tomllib.loads((ROOT / "versions.toml").read_text(encoding="utf-8"))


def clone(target: Path) -> Path:
    """Clone this repository, tag its releases and release the working tree as `HEAD`.

    Raises:
        subprocess.CalledProcessError: if a release is missing, as in a shallow clone.
    """
    git(ROOT, "clone", "--quiet", "--no-tags", "--no-checkout", "--shared", str(ROOT), str(target))
    for version, commit in released().items():
        git(target, "tag", version, commit)
    copy_template(target)
    for name in ("CHANGELOG.md", "moves.toml"):
        copy2(ROOT / name, target)
    release(target, HEAD)
    return target


def release(repository: Path, version: str) -> None:
    """Commit all that is in ``repository``, as ``version``."""
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", version)
    git(repository, "tag", version)
    git(repository, "repack", "-adq")  # a clone with few files is a quick one
    git(repository, "prune-packed", "--quiet")
