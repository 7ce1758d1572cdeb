"""The template itself: from every release, in every combination of answers, to the working tree."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import matrix
from conftest import git
from syntax import ruff

from .project import (
    begin,
    commit,
    contents,
    copier_update,
    copy,
    resolve,
    told,
    tracked,
    unmerged,
    update,
    written_by_me,
)
from .releases import HEAD, released

# Answers that may change later: not the framework, which the owner's own files build on.
LATER = [
    {name: value}
    for name, values in matrix.AXES.items()
    if name != "framework"
    for value in values[1:]
]
Fresh = Callable[..., Path]


@pytest.fixture(scope="session")
def fresh(template_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Render a version with some answers, once; read the result only."""
    done: dict[str, Path] = {}

    def _fresh(version: str, **answers: Any) -> Path:
        key = f"{version} {sorted(answers.items())}"
        if key not in done:
            done[key] = tmp_path_factory.mktemp("fresh") / "project"
            copy(template_path, done[key], version, answers)
        return done[key]

    return _fresh


@pytest.fixture
def start(template_path: Path, tmp_path: Path) -> Fresh:
    """Make a project to change."""

    def _start(version: str, **answers: Any) -> Path:
        path = tmp_path / "project"
        copy(template_path, path, version, answers)
        begin(path)
        return path

    return _start


def once(name: str) -> bool:
    """Tell whether a file is made once, so that what it is depends on when."""
    return name.startswith("migrations/versions/")


def same(project: Path, copied: Path) -> None:
    """Compare a project, byte for byte, with a fresh copy."""
    found, expected = tracked(project), contents(copied)
    assert found.keys() == expected.keys()
    different = [name for name in expected if found[name] != expected[name]]
    assert not different


@pytest.mark.parametrize("version", released())
@pytest.mark.parametrize("alone", [True, False], ids=["copier", "git"])
@pytest.mark.parametrize("framework", matrix.AXES["framework"])
def test_an_unedited_project_becomes_a_fresh_copy(
    version: str, alone: bool, framework: str, start: Fresh, fresh: Fresh
) -> None:
    project = start(version, framework=framework)
    if alone:
        copier_update(project, None, {})
    else:
        assert update(project).code == 0
    commit(project)
    same(project, fresh(HEAD, framework=framework))
    assert told(project) == told(fresh(HEAD, framework=framework))
    assert update(project).text == f"template: nothing to change, {HEAD} it is\n"


@pytest.mark.parametrize("later", LATER, ids=str)
def test_another_answer_gives_what_a_fresh_copy_is(
    later: dict[str, Any], start: Fresh, fresh: Fresh
) -> None:
    """And back again."""
    project = start(HEAD)
    (name, value), *_ = later.items()
    first = matrix.AXES[name][0]
    for answer, expected in ((value, fresh(HEAD, **later)), (first, fresh(HEAD))):
        said = update(project, "--data", f"{name}={answer}")
        assert said.code == 0, said.text
        commit(project)
        found = {path: text for path, text in tracked(project).items() if not once(path)}
        assert found == {path: text for path, text in contents(expected).items() if not once(path)}
        assert told(project)[name] == answer


def edited(project: Path, chance: random.Random, number: int) -> None:
    """Write, change, move and delete at random places, and commit."""
    names = sorted(name for name in tracked(project) if "migrations/" not in name)
    for count, name in enumerate(chance.sample(names, number)):
        path = project / name
        lines = path.read_text().splitlines(keepends=True)
        line = chance.randint(0, len(lines))
        match chance.choice(["add", "add", "add", "replace", "move", "delete"]):
            case "add":
                lines.insert(line, f"# mine-{count}\n")
                path.write_text("".join(lines))
            case "replace":
                lines[line : line + 1] = [f"# mine-{count}\n"]
                path.write_text("".join(lines))
            case "move":
                path.rename(path.with_name(f"my_{path.name}"))
            case "delete":
                path.unlink()
    for place in ("src/my_service/orders.py", "docs/mine.md", "compose.override.yaml"):
        (project / place).parent.mkdir(exist_ok=True)
        (project / place).write_text(f'"""mine-{place.count("/")}0000"""\n')
    commit(project)


@seed(6)
@settings(
    max_examples=12,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    version=st.sampled_from([*released(), HEAD]),
    answers=st.sampled_from(matrix.every()),
    later=st.none() | st.sampled_from(LATER),
    chance=st.randoms(use_true_random=False),
)
def test_nothing_that_was_written_is_lost(
    version: str,
    answers: dict[str, Any],
    later: dict[str, Any] | None,
    chance: random.Random,
    template_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    project = tmp_path_factory.mktemp("walk") / "project"
    copy(template_path, project, version, answers)
    asked = told(project).keys()  # in that version
    (project / ".env").write_text("SECRET_KEY=mine\n")
    begin(project)
    edited(project, chance, 30)
    before, mine = tracked(project), written_by_me(tracked(project))
    said = update(project, *(f"--data={name}={value}" for name, value in (later or {}).items()))
    assert said.code == bool(unmerged(project)), said.text
    assert all(name in said.text for name in unmerged(project))
    assert mine <= written_by_me(contents(project))
    assert (project / ".env").read_text() == "SECRET_KEY=mine\n"
    now = tracked(project)
    for name in ("src/my_service/orders.py", "docs/mine.md", "compose.override.yaml"):
        assert now[name] == before[name]
    resolve(project)
    given = {name: answer for name, answer in answers.items() if name in asked}
    assert told(project).items() >= {**given, **(later or {})}.items()


TEN_PLACES = {
    "README.md": ("## Tasks\n", "## On call\n\nAsk the team.\n\n## Tasks\n"),
    "pyproject.toml": ("own = []", 'own = ["tabulate==0.9.0"]'),
    "loadtest/slo.toml": ("\n", "\n# Ours.\n"),
    "Dockerfile": ("EXPOSE 8000", "ENV TZ=UTC\nEXPOSE 8000"),
    ".env.example": ("LOG_FORMAT=console", "LOG_FORMAT=json"),
    ".gitignore": ("dist/\n", "dist/\nnotes/\n"),
    "compose.yaml": ("mem_limit: 768m", "mem_limit: 512m"),
    "src/my_service/extension.py": ("from __future__", "LIMIT = 3\n\nfrom __future__"),
    "src/my_service/config/own.py": (
        '``PAGE_SIZE``."""\n',
        '``PAGE_SIZE``."""\n\n    page_size: int = 20\n',
    ),
}


@pytest.mark.parametrize("framework", matrix.AXES["framework"])
def test_an_edited_project_keeps_its_static_checks(
    framework: str, start: Fresh, fresh: Fresh
) -> None:
    """Edited in ten places, it gets another cache, database and balancer, and loses the example."""
    project = start(HEAD, framework=framework)
    places = {**TEN_PLACES, "src/my_service/orders.py": ("", '"""Orders."""\n')}
    del places["src/my_service/extension.py"]
    places["src/my_service/errors.py"] = ('"""\n', ' And ours."""\n')
    for name, (old, new) in places.items():
        path = project / name
        text = path.read_text() if path.exists() else ""
        assert old in text, name
        path.write_text(text.replace(old, new, 1))
    commit(project)
    answers = {"cache": "memcached", "database": "mariadb", "load_balancer": "nginx"}
    data = [f"--data={name}={value}" for name, value in answers.items()]
    said = update(project, "--data=example=false", *data)
    assert said.code == 0, said.text
    commit(project)
    ruff(project, "check")
    ruff(project, "format", "--check")
    expected = contents(fresh(HEAD, framework=framework, example=False, **answers))
    for name, text in tracked(project).items():
        if name in places:
            assert places[name][1].strip() in text.decode()
        elif not once(name):
            assert text == expected[name], name
    assert set(expected) <= set(tracked(project))


def test_what_is_made_once_depends_on_the_framework_only(fresh: Fresh) -> None:
    """A stub that depended on answers would be wrong after another answer."""
    texts: dict[tuple[str, str], set[bytes]] = {}
    for answers in matrix.pairwise():
        for name, text in contents(fresh(HEAD, **answers)).items():
            if name.endswith(("/extension.py", "/settings_own.py", "/own.py")):
                texts.setdefault((answers["framework"], name), set()).add(text)
    assert len(texts) == 2 * len(matrix.AXES["framework"]) + 1
    assert all(len(found) == 1 for found in texts.values())


@pytest.mark.parametrize("framework", matrix.AXES["framework"])
def test_git_ignores_nothing_that_is_rendered(framework: str, start: Fresh) -> None:
    """An update would write over it, and nobody could tell."""
    project = start(HEAD, framework=framework)
    assert not git(project, "ls-files", "--others", "--ignored", "--exclude-standard")
