"""Hostile answers are refused with one sentence, or do no harm wherever they land."""

from __future__ import annotations

import ast
import json
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import run_copy
from copier._main import Worker

import matrix
from conftest import copy_template
from hostile import ALL
from syntax import files, read_all, ruff

RESERVED = matrix.environment().get_template("hooks/reserved.jinja").module
QUESTIONS = {"project_name": 40, "description": 200, "project_slug": 40, "package_name": 40}
CASES = [(question, value) for question in QUESTIONS for value in ALL]


def is_harmless(question: str, value: str) -> bool:
    """Tell by a rule of its own whether ``question`` may be answered with ``value``."""
    if not 1 <= len(value) <= QUESTIONS[question]:
        return False
    if question == "project_slug":
        taken = {*RESERVED.distributions, *RESERVED.machine}
        return bool(re.fullmatch("[a-z][a-z0-9]*(-[a-z0-9]+)*", value)) and value not in taken
    if question == "package_name":
        taken = {*RESERVED.python, *RESERVED.project, *RESERVED.imports, *RESERVED.machine}
        return bool(re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", value)) and value not in taken
    categories = {unicodedata.category(character)[0] for character in value.replace(" ", "")}
    return (
        not categories & {"C", "Z"}
        and value == value.strip()
        and not set(value) & {*'"`$<>{}\\', *"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"}
    )


REFUSED = [(question, value) for question, value in CASES if not is_harmless(question, value)]
TAKEN = {
    question: [value for value in ALL if is_harmless(question, value)] for question in QUESTIONS
}
TEXTS = list(
    zip_longest(
        TAKEN["description"], TAKEN["project_name"], TAKEN["project_slug"], fillvalue="plain"
    )
)


def test_there_is_enough_to_try() -> None:
    assert len(ALL) >= 200
    for question in QUESTIONS:
        assert len([value for asked, value in REFUSED if asked == question]) >= 150
        assert len(TAKEN[question]) >= 5


@pytest.fixture(scope="session")
def questionnaire(
    template_copy: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    """One reader of the template for all refusals: loading it takes longer than they do."""
    target = tmp_path_factory.mktemp("refused") / "project"
    with Worker(str(template_copy), target, defaults=True, quiet=True) as worker:
        yield worker


@pytest.mark.parametrize(("question", "value"), REFUSED, ids=lambda value: ascii(value)[:40])
def test_refused(question: str, value: str, questionnaire: Worker) -> None:
    """One sentence names the question and what is allowed; nothing has been written."""
    questionnaire.data = {question: value}
    with pytest.raises(ValueError, match=question) as caught:
        questionnaire.run_copy()
    sentence = rf"Validation error for question '{question}': Use [^.]+\."
    assert re.fullmatch(sentence, str(caught.value))
    assert not questionnaire.dst_path.exists()


CONTROL = {
    "project_name": "Zqxname",
    "description": "Zqxdescription.",
    "project_slug": "zqxslug",
    "package_name": "zqxpackage",
}


def meaning(project: Path) -> dict[str, Any]:
    """Return what each file says to those who read it, whatever its quotes and escapes are."""
    readers: dict[str, Callable[[str], Any]] = {
        ".json": json.loads,
        ".py": lambda text: python(ast.parse(text)),
        ".toml": tomllib.loads,
        ".yaml": yaml.safe_load,
        ".yml": yaml.safe_load,
    }
    return {
        path.relative_to(project).as_posix(): readers.get(path.suffix, str)(
            path.read_text(encoding="utf-8")
        )
        for path in files(project)
    }


def python(node: object) -> object:
    """Return a syntax tree as plain data."""
    if isinstance(node, ast.AST):
        return [type(node).__name__, {name: python(part) for name, part in ast.iter_fields(node)}]
    return [python(part) for part in node] if isinstance(node, list) else node


def put(answers: dict[str, str], data: Any) -> Any:
    """Return ``data`` with the answers in place of the plain words."""
    if isinstance(data, dict):
        return {put(answers, name): put(answers, value) for name, value in data.items()}
    if isinstance(data, list):
        return [put(answers, value) for value in data]
    if not isinstance(data, str):
        return data
    return re.sub(
        "|".join(map(re.escape, CONTROL.values())),
        lambda found: next(answers[name] for name, word in CONTROL.items() if word == found[0]),
        data,
    )


def batches(values: list[Any], size: int = 16) -> list[list[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def texts(project: Path) -> dict[str, str]:
    """Return the text of each file."""
    return {
        path.relative_to(project).as_posix(): path.read_text(encoding="utf-8")
        for path in files(project)
    }


def check(
    template: Path,
    rows: list[dict[str, str]],
    target: Path,
    read: Callable[[Path], dict[str, Any]] = meaning,
) -> None:
    """Every file says with hostile answers what it says with plain words, and is as well kept."""
    said = {}
    for number, row in enumerate([CONTROL, *rows]):
        project, answers = target / str(number), {**CONTROL, **row}
        run_copy(str(template), project, data=answers, defaults=True, quiet=True)
        read_all(project)
        said = said or read(project)
        assert read(project) == put(answers, said), answers
    assert all(word in str(said) for word in CONTROL.values())
    ruff(target, "check")
    ruff(target, "format", "--check")


@pytest.mark.parametrize("rows", batches(TEXTS), ids=lambda rows: ascii(rows[0][0]))
def test_texts_do_no_harm(rows: list[tuple[str, str, str]], tmp_path: Path) -> None:
    """Only the files that name a text, or all answers, are rendered, with those that join parts."""
    template = copy_template(tmp_path)
    shows = re.compile(
        r"project_(name|slug)|description|_copier_answers|_parts\.jinja|ignore missing"
    )
    for path in sorted((template / "template").rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif "_parts" not in path.parts and not shows.search(path.read_text(encoding="utf-8")):
            path.unlink()
    names = ("description", "project_name", "project_slug")
    check(template, [dict(zip(names, row, strict=True)) for row in rows], tmp_path / "projects")


def test_package_names_do_no_harm(template_copy: Path, tmp_path: Path) -> None:
    """In whole projects, whose code may need a newer Python than this one: compared as text."""
    rows = [{"package_name": name} for name in TAKEN["package_name"]]
    check(template_copy, rows, tmp_path, read=texts)


@pytest.mark.parametrize("length", [1, 40])
@pytest.mark.parametrize("choice", matrix.pairwise(), ids=matrix.name)
def test_names_of_any_length_leave_a_whole_project_formatted(
    choice: dict[str, Any], length: int, template_copy: Path, tmp_path: Path
) -> None:
    names = ("project_name", "project_slug", "package_name")
    data = {**choice, **dict.fromkeys(names, "m" * length)}
    run_copy(str(template_copy), tmp_path, data=data, defaults=True, quiet=True)
    ruff(tmp_path, "check")
    ruff(tmp_path, "format", "--check")


@pytest.mark.parametrize("letter", ["m", "東"])
def test_longest_texts_leave_a_whole_project_formatted(
    letter: str, template_copy: Path, tmp_path: Path
) -> None:
    data = {"project_name": letter * 40, "description": letter * 199 + "."}
    run_copy(str(template_copy), tmp_path, data=data, defaults=True, quiet=True)
    read_all(tmp_path)
    ruff(tmp_path, "check")
    ruff(tmp_path, "format", "--check")
