"""The generated CI: valid, safe, and of the same parts as the stack."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from matrix import AXES

STORES = list(product(AXES["database"], AXES["cache"]))
PINNED = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def load(path: Path) -> Any:
    """Read a file of YAML."""
    return yaml.safe_load(path.read_text())


def run(*command: str | Path) -> None:
    """Run a command, which has to find nothing to complain about."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout + done.stderr


def workflows(project: Path) -> list[Path]:
    """Return GitHub's workflows."""
    return sorted((project / ".github/workflows").iterdir())


def scripts(value: Any) -> Iterator[str]:
    """Return what GitLab runs by a shell."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("script", "before_script", "after_script"):
                lines = inner if isinstance(inner, list) else [inner]
                yield "\n".join(line for line in lines if isinstance(line, str))
            else:
                yield from scripts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scripts(inner)


@pytest.fixture(params=STORES, ids="-".join)
def stores(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return each choice of stores."""
    return dict(zip(("database", "cache"), request.param, strict=True))


def test_github_reads_it(render: Callable[..., Path]) -> None:
    projects = [render(ci="github", database=database, cache=cache) for database, cache in STORES]
    read = ("check-jsonschema", "--builtin-schema")
    written = [path for project in projects for path in workflows(project)]
    run(*read, "vendor.github-workflows", *written)
    run(*read, "vendor.dependabot", *(path / ".github/dependabot.yml" for path in projects))
    run("actionlint", *written)  # with shellcheck, for the steps


def test_gitlab_reads_it(render: Callable[..., Path]) -> None:
    projects = [render(ci="gitlab", database=database, cache=cache) for database, cache in STORES]
    read = ("check-jsonschema", "--builtin-schema")
    options = ("--data-transform", "gitlab-ci")
    run(*read, "vendor.gitlab-ci", *options, *(path / ".gitlab-ci.yml" for path in projects))
    run(*read, "vendor.renovate", *(path / "renovate.json" for path in projects))


def test_workflows_are_safe(render: Callable[..., Path]) -> None:
    run("zizmor", "--offline", "--no-progress", render(ci="github"))


@pytest.mark.parametrize(
    ("before", "after", "command", "complaint"),
    [
        ("@[0-9a-f]{40}", "@main", ("zizmor", "--offline", "--no-progress"), "unpinned-uses"),
        (r"always\(\)", "allways()", ("actionlint",), "allways"),
        ("run: uv run", "run: cd $HOME; uv run", ("actionlint",), "SC2086"),
    ],
)
def test_what_is_wrong_with_a_workflow_is_noticed(
    before: str,
    after: str,
    command: tuple[str, ...],
    complaint: str,
    render: Callable[..., Path],
    tmp_path: Path,
) -> None:
    text = (render(ci="github") / ".github/workflows/ci.yaml").read_text()
    wrong = tmp_path / ".github/workflows/ci.yaml"
    wrong.parent.mkdir(parents=True)
    wrong.write_text(re.sub(before, after, text))
    assert wrong.read_text() != text
    with pytest.raises(AssertionError, match=complaint):
        run(*command, wrong)


def test_actions_are_pinned_by_commit(render: Callable[..., Path]) -> None:
    used = [
        line.strip().removeprefix("- ")
        for path in workflows(render(ci="github"))
        for line in path.read_text().splitlines()
        if "uses:" in line
    ]
    assert used
    assert not [line for line in used if not PINNED.match(line)]


def test_scripts_of_gitlab_are_clean(render: Callable[..., Path], tmp_path: Path) -> None:
    found = list(scripts(load(render(ci="gitlab") / ".gitlab-ci.yml")))
    assert len(found) > 5
    for number, script in enumerate(found):
        path = tmp_path / f"{number}.sh"
        path.write_text(f"#!/bin/bash\nset -e\n{script}\n")
        run("shellcheck", "--exclude=SC2154", path)  # variables that the CI sets


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_tests_run_on_what_the_stack_has(
    render: Callable[..., Path], stores: dict[str, str], ci: str
) -> None:
    project = render(ci=ci, **stores)
    stack = load(project / "compose.yaml")["services"]
    expected = {
        name: stack[name]["image"] for name in ("database", "cache", "sessions") if name in stack
    }
    if ci == "github":
        job = load(project / ".github/workflows/ci.yaml")["jobs"]["check"]
        found = {name: service["image"] for name, service in job.get("services", {}).items()}
        variables = job.get("env", {})
    else:
        job = load(project / ".gitlab-ci.yml")["check"]
        found = {service["alias"]: service["name"] for service in job.get("services", [])}
        variables = job.get("variables", {})
    assert found == expected
    assert {f"{name}_URL".upper().replace("SESSIONS", "SESSION") for name in expected} == {
        *variables
    }


def test_gitlab_may_read_a_private_template(render: Callable[..., Path]) -> None:
    script = load(render(ci="gitlab") / ".gitlab-ci.yml")["template-update"]["script"]
    steps = ["TEMPLATE_TOKEN" in step for step in script]
    assert steps.index(True) < script.index("uv run poe template-update --defaults")


@pytest.mark.parametrize("database", AXES["database"])
def test_databases_stay_at_their_major_version(render: Callable[..., Path], database: str) -> None:
    (stack, *others) = load(render(ci="github", database=database) / ".github/dependabot.yml")[
        "updates"
    ][::-1]
    rules = json.loads((render(ci="gitlab", database=database) / "renovate.json").read_text())
    services = load(render(database=database) / "compose.yaml")["services"]
    images = [
        services[name]["image"].partition(":")[0] for name in ("database",) if name in services
    ]
    assert [rule["dependency-name"] for rule in stack.get("ignore", [])] == images
    assert not any("ignore" in other for other in others)
    assert [rule["matchPackageNames"] for rule in rules.get("packageRules", [])] == [
        [i] for i in images
    ]


def test_uv_has_one_version(render: Callable[..., Path]) -> None:
    project = render(ci="gitlab")
    image = re.search(r"astral-sh/uv:(\S+)", (project / "Dockerfile").read_text())
    installed = re.search(r"uv==(\S+)", (project / ".gitlab-ci.yml").read_text())
    assert image
    assert installed
    assert image[1] == installed[1]


def test_without_ci_there_is_none(render: Callable[..., Path]) -> None:
    project = render(ci="none")
    assert not {path.name for path in project.iterdir()} & {
        ".github",
        ".gitlab-ci.yml",
        "renovate.json",
    }
