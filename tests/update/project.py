"""A project under git that is edited and updated, and what must hold whatever is done to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from copier import run_copy, run_update

import template
from conftest import git

Start = Callable[..., Path]
ANSWERS = ".copier-answers.yml"
MINE = re.compile(r"mine-\d+")  # what a test writes as the project's owner
MARKER = re.compile(r"(?m)^(<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|)( .*)?\n")


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    text: str


def copy(source: Path, target: Path, version: str, answers: dict[str, Any]) -> None:
    """Render a project, without a word."""
    run_copy(str(source), target, answers, vcs_ref=version, defaults=True, quiet=True)


def begin(project: Path) -> None:
    """Put a rendered project under git."""
    git(project, "init", "--quiet")
    (project / ".git/info").mkdir(exist_ok=True)  # for what tests have git ignore
    commit(project)


def commit(project: Path) -> None:
    """Commit all there is."""
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--allow-empty", "--message", "mine")


def told(project: Path) -> dict[str, Any]:
    """Return what the answers file says."""
    answers: dict[str, Any] = yaml.safe_load((project / ANSWERS).read_text(encoding="utf-8"))
    return answers


def tracked(project: Path) -> dict[str, bytes]:
    """Return the files that git knows, but for the answers."""
    listed = git(project, "ls-files", "-z").split("\0")
    names = [name for name in dict.fromkeys(listed) if name and name != ANSWERS]
    return {name: (project / name).read_bytes() for name in names if (project / name).is_file()}


def contents(directory: Path) -> dict[str, bytes]:
    """Return every file of a rendered project, but for the answers."""
    paths = [path for path in directory.rglob("*") if path.is_file() and ".git" not in path.parts]
    found = {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}
    return {name: content for name, content in found.items() if name != ANSWERS}


def written_by_me(files: dict[str, bytes]) -> set[str]:
    """Return all that a test has written and is in ``files``."""
    return {word for content in files.values() for word in MINE.findall(content.decode())}


def unmerged(project: Path) -> set[str]:
    """Return the paths with a conflict."""
    listed = git(project, "ls-files", "--unmerged", "-z").split("\0")
    return {entry.split("\t", 1)[1] for entry in listed if entry}


def resolve(project: Path) -> None:
    """Mend conflicts as somebody would who wants both, and commit."""
    for name in unmerged(project):
        if (project / name).is_file():
            kept = MARKER.sub("", (project / name).read_text())
            (project / name).write_text(kept)
    commit(project)


def update(project: Path, *arguments: str) -> Said:
    """Update by the project's own command, `poe template-update`."""
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = template.main(["--project", str(project), "update", "--defaults", *arguments])
    return Said(code, said.getvalue())


def copier_update(project: Path, version: str | None, data: dict[str, Any]) -> None:
    """Update by Copier alone."""
    run_update(project, data, vcs_ref=version, defaults=True, overwrite=True, quiet=True)
    new = git(project, "ls-files", "--others", "--exclude-standard", "-z").split("\0")[:-1]
    if new:
        git(project, "add", "--intent-to-add", "--", *new)  # so that git lists it
