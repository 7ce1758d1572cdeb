"""What is measured of the template: the times that a user waits for."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from copier import run_copy, run_update

from servers.ports import free_port

from .effort import Effort
from .report import Row
from .subject import PACKAGE, clean_environment, render, wait_for

RENDERING: dict[str, Any] = {"defaults": True, "quiet": True, "data": {"project_name": PACKAGE}}


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
    """Time an update of an unedited project to a version in which one file differs."""
    versions, project = directory / "versions", directory / "owned"
    shutil.copytree(template, versions)

    def git(path: Path, *arguments: str) -> None:
        identity = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
        subprocess.run(["git", *identity, *arguments], cwd=path, check=True, capture_output=True)

    def commit(path: Path) -> None:
        git(path, "init")
        git(path, "add", "--all")
        git(path, "commit", "--message", "all")

    commit(versions)
    git(versions, "tag", "v1.0.0")
    source = f"git+file://{versions}"
    copies = [
        timed(run_copy, source, directory / f"copy-{number}", **RENDERING)
        for number in range(effort.rounds)
    ]
    run_copy(source, project, **RENDERING)
    commit(project)
    (versions / "template" / "{{layer.base}}" / "news.md").write_text("What is new.\n")
    commit(versions)
    git(versions, "tag", "v1.1.0")
    updates = []
    for _ in range(effort.rounds):
        updates.append(timed(run_update, project, overwrite=True, **RENDERING))
        if not (project / "news.md").exists():
            raise RuntimeError("the update brought nothing")
        git(project, "reset", "--hard")
        git(project, "clean", "--force", "-d")
    return [
        Row("copier update of an unedited project", median(updates), "s", most=8),
        Row("copier update / copier copy", median(updates) / median(copies)),
    ]


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


def timed(act: Callable[..., object], *arguments: Any, **options: Any) -> float:
    """Return how many seconds a call takes."""
    started = time.perf_counter()
    act(*arguments, **options)
    return time.perf_counter() - started
