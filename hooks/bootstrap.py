"""Prepare a checkout: `.env` and the secrets of the stack, the lock file, the commit hook.

Needs nothing but Python 3.11. What exists is left alone, so it may run as often as one likes.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def fill_secret(example: str) -> str:
    """Return the text of ``.env.example`` with a fresh random ``SECRET_KEY``."""
    line = f"SECRET_KEY={secrets.token_hex(32)}"
    text, found = re.subn(r"^SECRET_KEY=.*$", line, example, flags=re.MULTILINE)
    return text if found else f"{text.rstrip()}\n{line}\n".lstrip()


def write_env(root: Path) -> str | None:
    """Write ``.env``, readable by its owner only and either whole or not at all.

    Returns:
        What was done, or None if there is one already.
    """
    env = root / ".env"
    if os.path.lexists(env):
        return None
    text = fill_secret((root / ".env.example").read_text(encoding="utf-8"))
    descriptor, name = tempfile.mkstemp(prefix=".env.", dir=root)  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).replace(env)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return "wrote .env with a fresh SECRET_KEY; keep it out of version control"


def write_secrets(root: Path) -> str | None:
    """Write the files of secrets that ``compose.yaml`` names, each with a secret of its own.

    Containers read them as other users, so the directory is closed to everybody else instead.

    Returns:
        What was done, or None if there is such a directory already: the database knows what is
        in it, so that a file which is missing there must not be made anew.
    """
    compose, directory = root / "compose.yaml", root / "secrets"
    if directory.exists() or not compose.exists():
        return None
    files = re.findall(r"file: \./secrets/(\w+)", compose.read_text(encoding="utf-8"))
    directory.mkdir(mode=0o700)
    for file in files:
        path = directory / file
        path.write_text(secrets.token_hex(32) + "\n", encoding="utf-8", newline="\n")
        path.chmod(0o444)
    return f"wrote secrets/ ({', '.join(files)}); keep it out of version control"


def write_lock(root: Path) -> str | None:
    """Resolve the dependencies into ``uv.lock``.

    Returns:
        What was done, or None if there is one already.

    Raises:
        SystemExit: if uv is missing or finds no solution.
    """
    if (root / "uv.lock").exists():
        return None
    if not (uv := shutil.which("uv")):
        sys.exit("bootstrap: uv is not installed; see https://docs.astral.sh/uv/")
    if subprocess.run([uv, "lock", "--quiet"], cwd=root).returncode:
        sys.exit("bootstrap: `uv lock` failed, for the reason above")
    return "wrote uv.lock; commit it"


def install_commit_hook(root: Path) -> str | None:
    """Let pre-commit check each commit, in a git repository that has the tool.

    Returns:
        What was done, or None if there is nothing to do.
    """
    tool, git = shutil.which("pre-commit"), shutil.which("git")
    wanted = (root / ".git").exists() and (root / ".pre-commit-config.yaml").exists()
    if not (tool and git and wanted):
        return None
    ask = [git, "rev-parse", "--path-format=absolute", "--git-path", "hooks/pre-commit"]
    hook = subprocess.run(ask, cwd=root, check=True, capture_output=True, text=True).stdout.strip()
    if Path(hook).exists():
        return None
    if subprocess.run([tool, "install"], cwd=root, stdout=subprocess.DEVNULL).returncode:
        sys.exit("bootstrap: `pre-commit install` failed, for the reason above")
    return "installed the pre-commit hook"


def main(root: Path = ROOT) -> None:
    """Do what is not done yet in the project at ``root``, and say what."""
    done = [step(root) for step in (write_env, write_secrets, write_lock, install_commit_hook)]
    for message in filter(None, done):
        print(f"bootstrap: {message}")
    if not any(done):
        print("bootstrap: nothing to do")


if __name__ == "__main__":
    main()
