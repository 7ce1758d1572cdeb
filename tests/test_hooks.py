"""The script that prepares a checkout, on real files and with the real tools."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

import bootstrap
from conftest import git
from matrix import ROOT

SCRIPT = ROOT / "hooks/bootstrap.py"
EXAMPLE = "# Comment\nENVIRONMENT=local\nSECRET_KEY=\nPORT=8000\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project as bootstrap sees it, with its lock file."""
    (tmp_path / ".env.example").write_text(EXAMPLE)
    (tmp_path / "uv.lock").write_text("")
    return tmp_path


@pytest.fixture
def tools(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is the whole PATH: no tool but what a test puts there."""
    path = tmp_path_factory.mktemp("tools")
    monkeypatch.setenv("PATH", str(path))
    return path


def tool(directory: Path, name: str, script: str) -> None:
    """Put a program into ``directory``."""
    (directory / name).write_text(f"#!/bin/sh\n{script}\n")
    (directory / name).chmod(0o755)


def test_secret_replaces_what_the_example_holds() -> None:
    for line in ("SECRET_KEY=\n", "SECRET_KEY=change-me\n", "SECRET_KEY="):
        text = bootstrap.fill_secret(
            f"# SECRET_KEY=\n{line}PORT=8000\n".replace("=PORT", "=\nPORT")
        )
        assert re.fullmatch(r"# SECRET_KEY=\nSECRET_KEY=[0-9a-f]{64}\nPORT=8000\n", text)


def test_secret_is_added_where_the_example_has_none() -> None:
    assert re.fullmatch(r"PORT=8000\nSECRET_KEY=[0-9a-f]{64}\n", bootstrap.fill_secret("PORT=8000"))
    assert re.fullmatch(r"SECRET_KEY=[0-9a-f]{64}\n", bootstrap.fill_secret(""))


def test_secret_is_new_each_time() -> None:
    assert len({bootstrap.fill_secret(EXAMPLE) for _ in range(100)}) == 100


def test_env_is_written_for_its_owner_only(checkout: Path, capsys: pytest.CaptureFixture) -> None:
    before = os.umask(0)
    try:
        bootstrap.main(checkout)
    finally:
        os.umask(before)
    env = checkout / ".env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert re.sub(r"(?m)^SECRET_KEY=[0-9a-f]{64}$", "SECRET_KEY=", env.read_text()) == EXAMPLE
    said = capsys.readouterr().out
    assert "wrote .env" in said
    assert re.search(r"SECRET_KEY=(.+)", env.read_text())[1] not in said


def test_what_exists_is_left_alone(checkout: Path, capsys: pytest.CaptureFixture) -> None:
    (checkout / ".env").write_text("SECRET_KEY=mine\n")
    before = (checkout / ".env").stat()
    bootstrap.main(checkout)
    assert (checkout / ".env").read_text() == "SECRET_KEY=mine\n"
    assert (checkout / ".env").stat() == before
    assert capsys.readouterr().out == "bootstrap: nothing to do\n"


def test_a_dangling_link_is_left_alone(checkout: Path) -> None:
    (checkout / ".env").symlink_to("elsewhere/.env")
    bootstrap.main(checkout)
    assert (checkout / ".env").is_symlink()


def test_a_failed_write_leaves_nothing(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        bootstrap.main(checkout)
    assert sorted(path.name for path in checkout.iterdir()) == [".env.example", "uv.lock"]


def test_lock_without_uv(checkout: Path, tools: Path) -> None:
    (checkout / "uv.lock").unlink()
    with pytest.raises(SystemExit, match="uv is not installed"):
        bootstrap.main(checkout)
    assert (checkout / ".env").exists()


def test_lock_that_has_no_solution(checkout: Path, tools: Path) -> None:
    (checkout / "uv.lock").unlink()
    tool(tools, "uv", "exit 1")
    with pytest.raises(SystemExit, match="`uv lock` failed"):
        bootstrap.main(checkout)


def test_lock_by_uv(checkout: Path, capsys: pytest.CaptureFixture) -> None:
    """The real uv, on a project without dependencies, so that nothing is fetched."""
    (checkout / "uv.lock").unlink()
    (checkout / "pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.11"\n'
    )
    bootstrap.main(checkout)
    assert "wrote uv.lock" in capsys.readouterr().out
    assert 'name = "x"' in (checkout / "uv.lock").read_text()


def test_commit_hook(
    checkout: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    """Installed once, in a repository with a configuration, if pre-commit is there."""
    path = tmp_path_factory.mktemp("tools")
    monkeypatch.setenv("PATH", str(path), prepend=":")
    install = 'test "$1" = install && echo called >> calls && echo hook > .git/hooks/pre-commit'
    steps = [
        ("no repository", lambda: tool(path, "pre-commit", install)),
        ("no configuration", lambda: git(checkout, "init", "--quiet")),
    ]
    for why, step in steps:
        step()
        bootstrap.main(checkout)
        assert not (checkout / "calls").exists(), why
    (checkout / ".pre-commit-config.yaml").write_text("repos: []\n")
    capsys.readouterr()
    for _ in range(2):
        bootstrap.main(checkout)
    assert (checkout / "calls").read_text() == "called\n"
    assert capsys.readouterr().out == (
        "bootstrap: installed the pre-commit hook\nbootstrap: nothing to do\n"
    )


def test_commit_hook_that_cannot_be_installed(checkout: Path, tools: Path) -> None:
    (checkout / ".git").mkdir()
    (checkout / ".pre-commit-config.yaml").write_text("repos: []\n")
    tool(tools, "git", "echo .git/hooks/pre-commit")
    tool(tools, "pre-commit", "exit 1")
    with pytest.raises(SystemExit, match="`pre-commit install` failed"):
        bootstrap.main(checkout)


def test_script_of_a_project(render: Callable[..., Path], tmp_path: Path) -> None:
    """It is this script, works from any directory, and prepares the project that it is in."""
    project = copytree(render(), tmp_path / "project")
    script = project / "scripts/bootstrap.py"
    assert script.read_bytes() == SCRIPT.read_bytes()
    (project / "uv.lock").write_text("")
    command = [sys.executable, "-W", "error", "-I", script]
    for _ in range(2):
        done = subprocess.run(command, cwd="/", check=False, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "bootstrap: nothing to do\n"
    assert re.search(r"(?m)^SECRET_KEY=[0-9a-f]{64}$", (project / ".env").read_text())
    assert len(re.findall("SECRET_KEY=", (project / ".env").read_text())) == 1
