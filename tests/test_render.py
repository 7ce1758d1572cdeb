"""Every combination of answers gives a project that is whole, readable and well kept."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from copier import run_copy

import matrix
from matrix import Answers
from syntax import files, read_all, ruff

LEFTOVER = re.compile(r"(?<!\$)\{\{[ -]|\{%|%\}|\{#|#\}")


def contents(project: Path) -> dict[str, tuple[int, bytes]]:
    """Return the mode and the bytes of each file but the answers, which name the template."""
    return {
        path.relative_to(project).as_posix(): (path.stat().st_mode, path.read_bytes())
        for path in files(project)
        if path.name != ".copier-answers.yml"
    }


def test_pairwise_holds_every_pair() -> None:
    def pairs(rows: list[Answers]) -> set[tuple[tuple[str, object], ...]]:
        return {(first, second) for row in rows for first in row.items() for second in row.items()}

    assert pairs(matrix.pairwise()) == pairs(matrix.every())
    assert matrix.pairwise()[0] == matrix.every()[0]


def test_nothing_of_the_template_is_left(project: Path) -> None:
    for path in project.rglob("*"):
        name = path.relative_to(project).as_posix()
        assert not re.search(r"[{}]|\.jinja$|(^|/)(None|True|False|_parts)($|/)", name), name
        if path.is_file():
            assert not LEFTOVER.search(path.read_text(encoding="utf-8")), name


def test_layout_is_clean(project: Path) -> None:
    for path in files(project):
        name = path.relative_to(project).as_posix()
        text = path.read_bytes().decode("utf-8")
        assert not text or (text.endswith("\n") and not text.endswith("\n\n")), name
        assert not text.startswith("\n"), name
        assert "\r" not in text, name
        assert "\t" not in text or path.name == "Makefile", name
        assert not re.search(r"[ ]\n", text), f"{name}: space at the end of a line"
        assert "\n\n\n\n" not in text, f"{name}: three empty lines"
        if path.suffix in {".example", ".md", ".toml", ".yaml"}:  # joined from parts
            assert "\n\n\n" not in text, f"{name}: two empty lines"
        assert bool(path.stat().st_mode & 0o100) == text.startswith("#!"), f"{name}: executable?"
    empty = [path for path in project.rglob("*") if path.is_dir() and not any(path.iterdir())]
    assert not empty


def test_files_can_be_read(project: Path) -> None:
    read_all(project)


@pytest.mark.parametrize("command", ["check", "format --check"])
def test_ruff(project: Path, command: str) -> None:
    ruff(project, *command.split())


def test_links_lead_somewhere(project: Path) -> None:
    for path in files(project):
        if path.suffix == ".md":
            for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text()):
                assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_readme_names_every_variable(project: Path) -> None:
    readme = (project / "README.md").read_text(encoding="utf-8")
    fields = {
        statement.target.id
        for path in project.glob("src/*/config/*.py")
        for definition in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(definition, ast.ClassDef)
        for statement in definition.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    }
    assert len(fields) > 20
    assert not [name for name in sorted(fields) if f"`{name.upper()}`" not in readme]


def test_project_names_what_was_answered(project: Path, answers: Answers) -> None:
    told = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert {name: told[name] for name in answers} == answers
    described = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert described["name"] == told["project_slug"] == "my-service"
    assert described["description"] == told["description"]
    assert described["requires-python"].startswith(f">={answers['python_version']}")
    assert (project / "src" / told["package_name"] / "__init__.py").is_file()


def test_every_task_is_in_the_readme(project: Path) -> None:
    described = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    readme = (project / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Tasks")[2].partition("|---|---|")[2].partition("## ")[0]
    rows = re.findall(r"^\| (`.+?`) \|", table, re.M)
    told = {task for row in rows for task in re.findall(r"`([\w-]+)", row)}
    assert told == set(described["tool"]["poe"]["tasks"])


@pytest.mark.parametrize(
    ("question", "choice"),
    [(axis, choice) for axis, values in matrix.AXES.items() for choice in values[1:]],
)
def test_every_choice_matters(question: str, choice: object, render: Callable[..., Path]) -> None:
    assert contents(render(**{question: choice})) != contents(render())


def test_rendering_again_without_trust_gives_the_same(
    project: Path, answers: Answers, template_copy: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    run_copy(str(template_copy), again, data=answers, defaults=True, quiet=True, unsafe=False)
    assert contents(again) == contents(project)
    for name, (_, text) in contents(again).items():
        assert str(tmp_path).encode() not in text, name
        assert str(template_copy).encode() not in text, name
