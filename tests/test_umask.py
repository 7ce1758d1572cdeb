"""A checkout whose files are their owner's alone, or have the line ends of Windows."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bootstrap import write_secrets
from conftest import git
from matrix import AXES
from servers.unavailable import unavailable

CHECK = "import sys; sys.path.insert(0, 'scripts'); import stack; stack.check_mounted()"


@pytest.fixture(params=AXES["load_balancer"])
def private(request: pytest.FixtureRequest, render: Callable[..., Path], tmp_path: Path) -> Path:
    """Return a project as umask 077 leaves it, with its secrets."""
    project = tmp_path / "a project"
    shutil.copytree(render(load_balancer=request.param), project)
    write_secrets(project)
    subprocess.run(["chmod", "-R", "go=", project], check=True)
    return project


def python(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the project, which needs Compose, but no engine."""
    if not shutil.which("docker"):
        unavailable("docker is not installed")
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120)


def test_what_containers_cannot_read_is_named_with_the_remedy(private: Path) -> None:
    refused = python(private, "scripts/stack.py", "up")
    assert refused.returncode == 1
    assert refused.stderr.startswith("stack: containers, which run as other users, cannot read")
    remedy = re.search(r"`(chmod -R a\+rX .*)`", refused.stderr)
    assert remedy
    subprocess.run(remedy[1], shell=True, check=True, cwd=private)
    accepted = python(private, "-c", CHECK)
    assert (accepted.returncode, accepted.stderr) == (0, "")


def test_line_ends_of_windows_are_refused(private: Path) -> None:
    subprocess.run(["chmod", "-R", "a+rX", "."], check=True, cwd=private)
    for path in (private / "deploy").rglob("*.*"):
        if path.suffix in (".sh", ".cfg", ".conf"):
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    refused = python(private, "scripts/stack.py", "up")
    assert refused.returncode == 1
    assert re.search(r"stack: deploy/\S+ has the line ends of Windows", refused.stderr)


def test_a_checkout_on_windows_has_the_line_ends_of_unix(private: Path, tmp_path: Path) -> None:
    git(private, "init", "--quiet")
    git(private, "add", ".")
    git(private, "commit", "--quiet", "--message", "all")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--config", "core.autocrlf=true", str(private), str(clone))
    written = [path for path in clone.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert (clone / "compose.yaml") in written
    assert not [path for path in written if b"\r\n" in path.read_bytes()]


def copied(dockerfile: str) -> Iterator[str]:
    """Return what the last image copies from the checkout."""
    last = dockerfile.rpartition("\nFROM ")[2]
    for line in last.splitlines():
        if line.startswith("COPY ") and "--from=" not in line:
            yield line


def test_images_can_read_what_they_copy(render: Callable[..., Path]) -> None:
    for framework in AXES["framework"]:
        project = render(framework=framework)
        lines = [
            line
            for path in ("Dockerfile", "loadtest/Dockerfile")
            for line in copied((project / path).read_text())
        ]
        assert len(lines) >= 3
        assert all(line.startswith("COPY --chmod=") for line in lines), lines
