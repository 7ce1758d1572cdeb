"""The scheduled job of each CI: it proposes an update, or is red where somebody has to make it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from conftest import git
from project.service import clean_environment

from .project import begin, commit, copy
from .releases import HEAD, release

NEXT = "v1001.0.0"
BRANCH = f"template-{NEXT}"
NEWS = f"## {NEXT}\n\n- Another text for an error.\n"
FILE = "deploy/haproxy/problems/404.json"

pytestmark = pytest.mark.slow


def of_github(project: Path) -> list[str]:
    """Return what GitHub runs, step by step."""
    text = (project / ".github/workflows/template-update.yaml").read_text()
    steps = yaml.safe_load(text)["jobs"]["update"]["steps"]
    return [step["run"] for step in steps if "run" in step]


def of_gitlab(project: Path) -> list[str]:
    """Return what GitLab runs, in one shell."""
    text = (project / ".gitlab-ci.yml").read_text()
    return ["\n".join(yaml.safe_load(text)["template-update"]["script"])]


# GitHub's command: keeps the branches that pull requests were made of.
GH = """\
#!/bin/sh -e
requests=$(dirname "$0")/../requests
case "$1 $2" in
'pr list') if [ -f "$requests" ]; then grep -x "$4" "$requests" || true; fi ;;
'pr create') echo "$5" >>"$requests" ;;
esac
"""
STEPS = {"github": of_github, "gitlab": of_gitlab}


class Job(NamedTuple):
    """A service, where it is pushed to, and which CI it has."""

    project: Path
    origin: Path
    ci: str

    def run(self) -> tuple[int, str]:
        """Run the job as its CI does, in a checkout of no branch, until a step fails."""
        checkout = self.project.with_name("checkout")
        git(self.project, "push", "--quiet", "origin", "HEAD:main")
        if not checkout.exists():  # the next job takes the same, as runners may
            git(self.project, "clone", "--quiet", str(self.origin), str(checkout))
        git(checkout, "fetch", "--quiet")
        git(checkout, "checkout", "--quiet", "--force", "--detach", "origin/main")
        said = ""
        variables = {
            "CI_DEFAULT_BRANCH": "main",
            "GH_TOKEN": "none",
            "GIT_CONFIG_GLOBAL": str(checkout.with_name("gitconfig")),
            "RUNNER_TEMP": str(checkout.parent),
            "PATH": f"{checkout.with_name('bin')}:{os.environ['PATH']}",
        }
        for step in STEPS[self.ci](checkout):
            done = subprocess.run(
                ["bash", "-eo", "pipefail", "-c", step],
                cwd=checkout,
                env=clean_environment(variables),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            said += done.stdout
            if done.returncode:
                return done.returncode, said
        return 0, said

    def proposed(self) -> list[str]:
        """Return the branches beside the one that is worked on."""
        listed = git(self.origin, "branch", "--format", "%(refname:short)").split()
        return [name for name in listed if name != "main"]


@pytest.fixture(params=STEPS)
def job(request: pytest.FixtureRequest, template_path: Path, tmp_path: Path) -> Job:
    """Make a service of a template with one release more, and a place to push it to."""
    source, project, origin = (tmp_path / name for name in ("template", "project", "origin"))
    git(tmp_path, "clone", "--quiet", str(template_path), str(source))
    copy(source, project, HEAD, {"ci": request.param, "example": False})
    subprocess.run(["uv", "lock", "--quiet"], cwd=project, env=clean_environment({}), check=True)
    begin(project)
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", str(origin))
    git(origin, "config", "receive.advertisePushOptions", "true")
    gh = tmp_path / "bin/gh"
    gh.parent.mkdir()
    gh.write_text(GH)
    gh.chmod(0o755)
    hook = origin / "hooks/post-receive"  # writes down what is asked for with a push
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nenv | grep ^GIT_PUSH_OPTION_ >>options || true\n")
    hook.chmod(0o755)
    git(project, "remote", "add", "origin", str(origin))
    return Job(project, origin, request.param)


@pytest.fixture
def newer(job: Job) -> Callable[[], None]:
    """Release a next version of the template, with another text for an error."""

    def _newer() -> None:
        source = job.project.with_name("template")
        (path,) = source.glob(f"template/*/{FILE}")
        path.write_text(path.read_text().replace("\n", "\n\n", 1))
        log = source / "CHANGELOG.md"
        newest = re.compile(r"^(## Unreleased\n|(?=## ))", re.MULTILINE)
        log.write_text(newest.sub(f"{NEWS}\n## {HEAD}\n", log.read_text(), count=1))
        release(source, NEXT)

    return _newer


def test_the_newest_version_is_left_alone(job: Job) -> None:
    code, said = job.run()
    assert not code, said
    assert f"{HEAD} is the newest version: nothing to propose." in said
    assert not job.proposed()


def test_an_update_is_proposed_once(job: Job, newer: Callable[[], None]) -> None:
    newer()
    code, said = job.run()
    assert job.proposed() == [BRANCH], said
    changed = git(job.origin, "diff", "--name-only", "main", BRANCH).split()
    assert changed == [".copier-answers.yml", FILE]
    assert not code, said
    title = f"Update from the template to {NEXT}\n\ntemplate: {HEAD} -> {NEXT}\n\n"
    assert git(job.origin, "log", "-1", "--format=%B", BRANCH).strip() == (title + NEWS).strip()
    if job.ci == "github":
        assert (job.project.with_name("requests")).read_text() == f"{BRANCH}\n"
    else:
        assert "merge_request.create" in (job.origin / "options").read_text()

    mended = git(job.origin, "rev-parse", BRANCH)
    code, said = job.run()
    assert not code, said
    assert f"{BRANCH} is proposed already" in said
    assert git(job.origin, "rev-parse", BRANCH) == mended


@pytest.mark.parametrize("job", ["github"], indirect=True)
def test_what_was_only_pushed_is_proposed_next_time(job: Job, newer: Callable[[], None]) -> None:
    newer()
    requests = job.project.with_name("requests")
    requests.mkdir()  # GitHub refuses: Actions may not create pull requests
    code, said = job.run()
    assert code, said
    pushed = git(job.origin, "rev-parse", BRANCH)
    requests.rmdir()
    code, said = job.run()
    assert not code, said
    assert requests.read_text() == f"{BRANCH}\n"
    assert git(job.origin, "rev-parse", BRANCH) == pushed


def test_a_conflict_is_red_and_proposes_nothing(job: Job, newer: Callable[[], None]) -> None:
    path = job.project / FILE
    path.write_text(path.read_text().replace("\n", " \n", 1))
    commit(job.project)
    newer()
    code, said = job.run()
    assert code, said
    assert f"{FILE}: both have changed it" in said
    assert not job.proposed()
