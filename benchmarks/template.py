"""What is measured of the template: the times that a user waits for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from servers.ports import free_port

from . import ROOT
from .effort import Effort
from .report import Row
from .subject import PACKAGE, clean_environment, render, wait_for

COPIER = [sys.executable, "-m", "copier"]
ANSWERS = ["--quiet", "--defaults", "--data", f"project_name={PACKAGE}"]
OWNER = {
    f"GIT_{who}_{what}": f"bench@{what}".lower()
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


def rendering(template: Path, effort: Effort, directory: Path) -> list[Row]:
    """Compare the time that Copier takes with what it takes for a template of one file."""
    empty = directory / "empty"
    empty.mkdir()
    (empty / "copier.yml").write_text("project_name: x\n")
    (empty / "README.md").write_text("")
    extra = [
        render(template, directory / f"full-{number}") - render(empty, directory / f"one-{number}")
        for number in range(effort.rounds)
    ]
    return [Row("copier copy, beyond a template of one file", median(extra), "s", most=3)]


def updating(template: Path, effort: Effort, directory: Path) -> list[Row]:
    """Time both ways to update an unedited project to a version in which one file differs."""
    versions, project = directory / "versions", directory / "owned"
    shutil.copytree(template, versions)
    release(versions, "v1.0.0")
    copy = [*COPIER, "copy", *ANSWERS, f"git+file://{versions}"]
    run([*copy, str(project)])
    commit(project)
    (versions / "template" / "{{layer.base}}" / "news.md").write_text("What is new.\n")
    release(versions, "v1.1.0")
    own = [sys.executable, str(ROOT / "hooks" / "template.py"), "--project", str(project), "update"]

    def update(command: list[str]) -> Spent:
        spent = run(command)
        if not (project / "news.md").exists():
            raise RuntimeError("the update brought nothing")
        git(project, "reset", "--hard")
        git(project, "clean", "--force", "-d")
        return spent

    copies, ours, copiers = [], [], []
    for number in range(effort.rounds):
        copies.append(run([*copy, str(directory / f"copy-{number}")]).seconds)
        ours.append(update([*own, "--defaults"]))
        copiers.append(update([*COPIER, "update", *ANSWERS, str(project)]))
    git_apart = median(
        (spent.seconds - spent.in_git) / copy for spent, copy in zip(ours, copies, strict=True)
    )
    ratio = median(spent.seconds / copy for spent, copy in zip(copiers, copies, strict=True))
    return [
        Row("template-update, unedited", median(spent.seconds for spent in ours), "s", most=8),
        Row("template-update less git's time / copier copy", git_apart, most=2),
        Row("copier update, unedited", median(spent.seconds for spent in copiers), "s", most=8),
        Row("copier update / copier copy", ratio),
    ]


class Spent(NamedTuple):
    """How long a command took.

    Attributes:
        seconds: from its start to its end.
        in_git: of these, as the processes of git that it started tell (not their start itself).
    """

    seconds: float
    in_git: float


def run(command: list[str]) -> Spent:
    """Run a command, and have git write when its processes end (git's "trace2").

    Raises:
        subprocess.CalledProcessError: if it fails.
    """
    with tempfile.NamedTemporaryFile(prefix="git-trace-") as log:
        environment = clean_environment({"GIT_TRACE2_EVENT": log.name, **OWNER})
        started = time.perf_counter()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        seconds = time.perf_counter() - started
        events = [json.loads(line) for line in log]
    # The id of a process that another git has started contains that of its parent.
    ends = [one for one in events if one["event"] == "atexit" and "/" not in one["sid"]]
    return Spent(seconds, sum(one["t_abs"] for one in ends))


def git(where: Path, *arguments: str) -> None:
    """Run git in a directory."""
    environment = clean_environment(OWNER)
    subprocess.run(["git", *arguments], cwd=where, env=environment, check=True, capture_output=True)


def commit(where: Path) -> None:
    """Put all there is in a directory under git."""
    git(where, "init")
    git(where, "add", "--all")
    git(where, "commit", "--message", "all")


def release(where: Path, version: str) -> None:
    """Make what is in a directory a version of the template."""
    commit(where)
    git(where, "tag", version)


def first_answer(template: Path, directory: Path) -> list[Row]:
    """Time the way from nothing to the list of posts, with uv's cache as it is."""
    port = str(free_port())
    started = time.perf_counter()
    render(template, directory)
    log = directory / "dev.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            ["uv", "run", "--quiet", "poe", "--quiet", "dev"],
            cwd=directory,
            env=clean_environment({"PORT": port}),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/api/posts", process, timeout=300, log=log)
        seconds = time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(30)
    return [Row("from nothing to the first answer", seconds, "s", most=30)]
