"""Whether a generated file can be read by what it is written for."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import yaml

INSTRUCTION = re.compile(
    r"(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|ONBUILD|RUN|SHELL|STOPSIGNAL"
    r"|USER|VOLUME|WORKDIR)\s+\S"
)
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*=.*")


def read_dockerfile(text: str) -> None:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    instructions = re.split(r"(?<!\\)\n", "\n".join(lines))
    assert not [line for line in instructions if not INSTRUCTION.match(line)]
    assert next(line for line in instructions if not line.startswith("ARG")).startswith("FROM")


def read_environment(text: str) -> None:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert not [line for line in lines if not VARIABLE.fullmatch(line)]
    names = [line.partition("=")[0] for line in lines]
    assert len(names) == len(set(names))


def read_shell(text: str) -> None:
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr


def read_ini(text: str) -> None:
    configparser.ConfigParser(interpolation=None).read_string(text)


def read_markdown(text: str) -> None:
    assert text.count("```") % 2 == 0, "a code block is left open"


READERS: dict[str, Callable[[str], object]] = {
    ".cfg": str,  # by the balancer itself, in tests/stack
    ".conf": str,  # likewise
    ".ini": read_ini,
    ".json": json.loads,
    ".md": read_markdown,
    ".mako": str,
    ".py": str,  # by ruff, for the Python that the project is written for
    ".sh": read_shell,
    ".toml": tomllib.loads,
    ".typed": str,
    ".yaml": yaml.safe_load,
    ".yml": yaml.safe_load,
    ".dockerignore": str,
    ".editorconfig": str,
    ".example": read_environment,
    ".gitattributes": str,
    ".gitignore": str,
    ".python-version": str,
    "Dockerfile": read_dockerfile,
}


def files(project: Path) -> list[Path]:
    """Return the files of a project."""
    return sorted(path for path in project.rglob("*") if path.is_file())


def read_all(project: Path) -> None:
    """Read every file of a project, Python apart.

    Raises:
        AssertionError, ValueError, yaml.YAMLError: naming the file that cannot be read.
    """
    for path in files(project):
        kind = path.suffix or path.name
        try:
            READERS[kind](path.read_text(encoding="utf-8"))
        except Exception as error:
            error.add_note(f"in {path.relative_to(project)}")
            raise


def ruff(project: Path, *arguments: str) -> None:
    """Run ruff by the configuration that is in ``project``.

    Raises:
        AssertionError: with what ruff complains of.
    """
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", "."]
    done = subprocess.run(command, cwd=project, check=False, capture_output=True, text=True)
    assert not done.returncode, done.stdout + done.stderr
