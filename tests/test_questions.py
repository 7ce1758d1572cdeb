"""The questions: what is proposed, what is refused, and that nothing needs trust."""

from __future__ import annotations

import json
import keyword
import os
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import run_copy

import matrix
from conftest import git

RESERVED = matrix.environment().get_template("hooks/reserved.jinja").module
PACKAGE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def refusal(template: Path, target: Path, **data: Any) -> str:
    """Answer with ``data`` and return the refusal; nothing must have been written."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the caller looks at the message
        run_copy(str(template), target, data=data, defaults=True, quiet=True)
    assert not target.exists()
    return str(caught.value)


def answer(template: Path, target: Path, **data: Any) -> dict[str, Any]:
    """Answer with ``data`` and return all answers, without rendering."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("copier._main.Worker._render_template", lambda _: None)
        worker = run_copy(str(template), target, data=data, defaults=True, quiet=True)
    return dict(worker.answers.combined)


def test_defaults(template_copy: Path, tmp_path: Path) -> None:
    asked = answer(template_copy, tmp_path)
    assert {name: asked[name] for name in matrix.QUESTIONS if name not in ("layer", "options")} == {
        "project_name": "My Service",
        "project_slug": "my-service",
        "package_name": "my_service",
        "description": "A web service.",
        "framework": "fastapi",
        "database": "postgresql",
        "cache": "redis",
        "load_balancer": "haproxy",
        "monitoring": True,
        "ci": "github",
        "example": True,
        "python_version": "3.13",
    }


@pytest.mark.parametrize(
    ("name", "slug", "package"),
    [
        ("Order Service", "order-service", "order_service"),
        ("Inner   Spaces", "inner-spaces", "inner_spaces"),
        ("Zoë's Café", "zoes-cafe", "zoes_cafe"),
        ("Zoe\u0308\u2019s Cafe\u0301", "zoes-cafe", "zoes_cafe"),
        ("Straße & Łódź", "strasse-lodz", "strasse_lodz"),
        ("İstanbul ÆØÅ", "istanbul-aeoa", "istanbul_aeoa"),
        ("3D Viewer", "service-3d-viewer", "service_3d_viewer"),
        ("2026", "service-2026", "service_2026"),
        ("東京", "my-service", "my_service"),
        ("שירות הזמנות", "my-service", "my_service"),
        ("🚀", "my-service", "my_service"),
        ("東京 API", "api", "api"),
        ("--help", "help", "help"),
        ("Redis", "redis-service", "redis_service"),
        ("FastAPI", "fastapi-service", "fastapi_service"),
        ("Class", "class", "class_service"),
        ("Tests", "tests", "tests_service"),
        ("NULL", "null-service", "null_service"),
        ("x" * 40, "x" * 40, "x" * 40),
        ("1" * 40, "service-" + "1" * 32, "service_" + "1" * 32),
        ("ß" * 19 + "a b", "s" * 38 + "a", "s" * 38 + "a"),
    ],
)
def test_names_are_proposed(
    template_copy: Path, tmp_path: Path, name: str, slug: str, package: str
) -> None:
    asked = answer(template_copy, tmp_path, project_name=name)
    assert (asked["project_slug"], asked["package_name"]) == (slug, package)


@pytest.mark.parametrize("kind", ["distributions", "imports", "machine", "project", "python"])
def test_reserved_names_never_become_a_proposal(kind: str) -> None:
    """Whatever reserved word the slug is, the name proposed from it is one that is taken."""
    package = matrix.environment().from_string(matrix.QUESTIONS["package_name"]["default"])
    validate = matrix.environment().from_string(matrix.QUESTIONS["package_name"]["validator"])
    slug = matrix.environment().from_string(matrix.QUESTIONS["project_slug"]["default"])
    validate_slug = matrix.environment().from_string(matrix.QUESTIONS["project_slug"]["validator"])
    for word in getattr(RESERVED, kind):
        proposed = slug.render(project_name=word)
        assert not validate_slug.render(project_slug=proposed).strip(), word
        name = package.render(project_slug=proposed)
        assert not validate.render(package_name=name).strip(), word


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"example": "maybe"}, r"for 'example': 'maybe' is not in \[True, False\]"),
        (
            {"framework": "rails"},
            r"for 'framework': 'rails' is not in \['fastapi', 'flask', 'django'\]",
        ),
        ({"database": "PostgreSQL"}, "Invalid choice for 'database': 'PostgreSQL' is not in"),
        ({"database": "oracle"}, r"is not in \['postgresql', 'mariadb', 'sqlite'\]"),
        ({"cache": ""}, "Invalid choice for 'cache'"),
        ({"python_version": "3.9"}, r"is not in \['3.13', '3.14'\]"),
        ({"python_version": 3.1}, "Invalid choice for 'python_version'"),
        ({"layer": {"base": ""}}, "question 'layer': Leave it out, since it is computed"),
        ({"layer": None}, "question 'layer': Leave it out, since it is computed"),
        ({"options": ["base"]}, "question 'options': Leave it out, since it is computed"),
    ],
)
def test_bad_choices_are_refused(
    template_copy: Path, tmp_path: Path, data: dict[str, Any], sentence: str
) -> None:
    assert re.search(sentence, refusal(template_copy, tmp_path / "out", **data))


def test_reserved_words_hold_this_python() -> None:
    needed = {*sys.stdlib_module_names, *keyword.kwlist, *keyword.softkwlist}
    assert {name for name in needed if PACKAGE.fullmatch(name)} <= set(RESERVED.python)


@pytest.mark.parametrize("framework", matrix.AXES["framework"])
def test_reserved_words_hold_the_layout(framework: str, render: Callable[..., Path]) -> None:
    """The package must not have the name of a directory or module beside it, or of its tests'."""
    project = render(framework=framework)
    beside = [*project.iterdir(), *(project / "src").iterdir()]
    tests = [path for path in project.glob("tests/**/*.py") if not path.stem.startswith("test_")]
    beside += [path for path in tests if not (path.parent / "__init__.py").exists()]
    names = {path.stem for path in beside if path.is_dir() or path.suffix == ".py"}
    assert {name for name in names if PACKAGE.fullmatch(name)} - {"my_service"} <= {
        *RESERVED.project,
        *RESERVED.python,
        *RESERVED.imports,
    }


def test_reserved_words_are_names_and_in_order() -> None:
    for kind in ("python", "project", "imports", "machine"):
        words = getattr(RESERVED, kind)
        assert words == sorted(set(words))
        assert not [word for word in words if not PACKAGE.fullmatch(word)]
    slugs = RESERVED.distributions
    assert slugs == sorted(set(slugs))
    assert not [slug for slug in slugs if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug)]


INSTALLED = """
import importlib.metadata, json, re
distributions, modules = set(), set()
for found in importlib.metadata.distributions():
    distributions.add(re.sub(r"[-_.]+", "-", found.name).lower())
    for file in found.files or []:
        top = file.parts[0]
        if top == ".." or top.endswith((".dist-info", ".data")):
            continue
        if len(file.parts) > 1 or top.endswith((".py", ".so")):
            modules.add(top.split(".")[0])
print(json.dumps([sorted(distributions), sorted(modules)]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("framework", matrix.AXES["framework"])
@pytest.mark.parametrize(
    ("database", "cache"),
    list(zip_longest(matrix.AXES["database"], matrix.AXES["cache"], fillvalue="sqlite")),
)
def test_reserved_words_hold_what_is_installed(
    framework: str, database: str, cache: str, render: Callable[..., Path], tmp_path: Path
) -> None:
    """The names of all dependencies of each option, the tools for its development included."""
    project = render(framework=framework, database=database, cache=cache)
    for name in ("pyproject.toml", ".python-version"):
        (tmp_path / name).write_bytes((project / name).read_bytes())
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    environment["UV_PROJECT_ENVIRONMENT"] = ".venv"
    subprocess.run(
        ["uv", "sync", "--quiet", "--no-install-project"],
        cwd=tmp_path,
        check=True,
        env=environment,
    )
    listed = subprocess.run(
        [tmp_path / ".venv/bin/python", "-c", INSTALLED],
        check=True,
        capture_output=True,
        text=True,
    )
    distributions, modules = map(set, json.loads(listed.stdout))
    assert len(distributions) > 20
    assert distributions <= {*RESERVED.distributions}
    modules = {name for name in modules if PACKAGE.fullmatch(name)}
    assert modules <= {*RESERVED.imports, *RESERVED.python, *RESERVED.project}


def copier(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Copier as its users do."""
    command = [sys.executable, "-m", "copier", *arguments]
    return subprocess.run(
        command, cwd=cwd, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


def test_copy_on_the_command_line(versioned: Callable[[str], Path], tmp_path: Path) -> None:
    """Without --trust, into a directory whose name needs quotes; it says what to do next."""
    repository = versioned("v1.0.0")
    made = copier("copy", "--defaults", str(repository), "it's here", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "My Service is ready in it's here." in made.stderr
    commands = [line.strip() for line in made.stderr.splitlines() if line.startswith("  ")]
    assert commands[0] == """cd 'it'"'"'s here'"""
    done = subprocess.run(
        ["bash", "-ec", "\n".join(commands[:2])], cwd=tmp_path, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "it's here/.git").is_dir()
    assert commands[2].startswith("uv run poe dev")


def test_copy_into_the_current_directory(template_copy: Path, tmp_path: Path) -> None:
    made = copier("copy", "--defaults", str(template_copy), ".", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "My Service is ready.\n" in made.stderr
    assert "  cd " not in made.stderr


def test_a_refusal_on_the_command_line(template_copy: Path, tmp_path: Path) -> None:
    made = copier(
        *("copy", "--defaults", "--data", "package_name=class", str(template_copy), "out"),
        cwd=tmp_path,
    )
    assert made.returncode == 1
    assert (
        made.stderr.strip()
        .splitlines()[-1]
        .startswith("ValueError: Validation error for question 'package_name': Use a name that")
    )
    assert not (tmp_path / "out").exists()


def test_update_on_the_command_line(versioned: Callable[[str], Path], tmp_path: Path) -> None:
    """Answers and secrets stay, a conflict is in the file, and the message says how to find it."""
    repository, project = versioned("v1.0.0"), tmp_path / "project"
    data = {"project_name": "Zoë's 🚀 東京", "database": "mariadb", "example": False}
    run_copy(str(repository), project, data=data, defaults=True, quiet=True)
    (project / ".env").write_text("SECRET_KEY=mine\n")
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    assert ".env" not in git(project, "ls-files").splitlines()
    mine = project / ".env.example"
    mine.write_text(f"# Mine.\n{mine.read_text()}")
    git(project, "commit", "--quiet", "--all", "--message", "start")
    theirs = repository / "template/{{layer.base}}/.env.example.jinja"
    theirs.write_text(f"# Theirs.\n{theirs.read_text()}")
    versioned("v1.1.0")
    made = copier("update", "--defaults", cwd=project)
    assert made.returncode == 0, made.stderr
    assert "Zoë's 🚀 東京 is up to date with its template." in made.stderr
    assert "git diff --name-only --diff-filter=U " in made.stderr
    assert git(project, "diff", "--name-only", "--diff-filter=U") == ".env.example\n"
    assert (project / ".env").read_text() == "SECRET_KEY=mine\n"
    told = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert told["_commit"] == "v1.1.0"
    assert data.items() <= told.items()
