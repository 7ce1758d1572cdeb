"""Hostile answers to an update are refused with a sentence, or do what they do in a fresh copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import git
from hostile import ALL

from .project import begin, contents, copy, told, update
from .releases import HEAD

ANSWERS = {"database": "sqlite", "cache": "none", "monitoring": False, "ci": "none"}
QUESTIONS = ("project_name", "description", "project_slug", "cache", "load_balancer")
CASES = [(question, value) for question in QUESTIONS for value in ALL]
SHARE = 40  # of the cases, the one that is tried unless all are asked for


@pytest.mark.parametrize("part", range(4))
def test_hostile_answers(
    part: int, template_path: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    project = tmp_path / "project"
    copy(template_path, project, HEAD, ANSWERS)
    begin(project)
    whole = pytestconfig.getoption("all_combinations")
    cases = CASES[part :: 4 if whole else 4 * SHARE]
    taken = 0
    for number, (question, value) in enumerate(cases):
        said = update(project, "--data", f"{question}={value}")
        if said.code:
            assert said.code == 2, (question, value, said)
            assert said.text.startswith("template: "), said
            assert question in said.text, said
        else:
            taken += 1
            fresh = tmp_path / str(number)
            answers = {name: answer for name, answer in told(project).items() if name[0] != "_"}
            copy(template_path, fresh, HEAD, answers)
            assert contents(project) == contents(fresh), (question, value)
            git(project, "reset", "--quiet", "--hard")
        assert not git(project, "status", "--porcelain"), (question, value)
    assert len(cases) - 1 > taken > 0
