"""Whatever repository, configuration and moment an update meets: it is whole, or refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, git

from .fork import text
from .project import ANSWERS, Said, Start, begin, commit, contents, copy, told, unmerged, update

MINE = "mine-1\n"


def run(project: Path, *arguments: str, **environment: str) -> Said:
    """Run the script in a process, and a group of processes, of its own."""
    command = [sys.executable, ROOT / "hooks/template.py", "--project", project]
    arguments = arguments or ("update", "--defaults")
    done = subprocess.run(
        [*command, *arguments],
        env={**os.environ, **environment},
        cwd=project,
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    return Said(done.returncode, done.stdout + done.stderr)


def refused(said: Said, sentence: str) -> None:
    """See to it that an update is refused, in one line."""
    assert said.code == 2, said.text
    assert said.text.startswith("template: ")
    assert said.text.count("\n") == 1, said.text
    assert sentence in said.text


def untouched(project: Path) -> None:
    """See to it that nothing has changed, and nothing was added."""
    assert not git(project, "status", "--porcelain")


def whole(project: Path, fork_path: Path, tmp_path: Path) -> None:
    """See to it that an unedited project is now what a fresh copy is."""
    answers = {name: value for name, value in told(project).items() if name[0] != "_"}
    copy(fork_path, tmp_path / "fresh", "v3.0.0", answers)
    expected = contents(tmp_path / "fresh")
    assert {name: (project / name).read_bytes() for name in expected} == expected
    assert not unmerged(project)


def test_a_sibling_is_not_taken_for_where_a_file_has_moved(start: Start) -> None:
    one, two = (start(name=f"all/{name}") for name in ("one", "two"))
    for project in (one, two):
        (project / ".git").rename(project.parent / ".git-of-its-own")
        (project.parent / ".git-of-its-own").rename(project.parent / f".{project.name}")
    top = one.parent
    (top / ".gitignore").write_text("/.one\n/.two\n")
    begin(top)
    (one / "README.md").unlink()
    (one / "src/service/old_place.py").unlink()
    commit(top)
    said = update(one)
    assert said.code == 0, said.text
    assert not git(top, "status", "--porcelain", "--", "two")
    assert git(top, "status", "--porcelain", "--", "one")


@pytest.mark.parametrize("names", [["GIT_INDEX_FILE"], ["GIT_DIR"], ["GIT_DIR", "GIT_WORK_TREE"]])
def test_what_git_tells_its_hooks_is_for_them(
    names: list[str], start: Start, fork_path: Path, tmp_path: Path
) -> None:
    project = start()
    git(project, "tag", "v3.0.0")  # Copier would check it out
    head = git(project, "symbolic-ref", "HEAD")
    everything = {
        "GIT_DIR": project / ".git",
        "GIT_INDEX_FILE": project / ".git/index",
        "GIT_WORK_TREE": project,
    }
    said = run(project, **{name: str(everything[name]) for name in names})
    assert said.code == 0, said.text
    assert git(project, "symbolic-ref", "HEAD") == head
    whole(project, fork_path, tmp_path)


@pytest.fixture
def choosy(start: Start, tmp_path: Path) -> Path:
    """Make a project in which git cannot write one file, as the template has it now."""
    project = start()
    (project / ".gitattributes").write_text("*.yaml filter=choosy\n")
    commit(project)
    (tmp_path / "choosy.sh").write_text(
        'text=$(cat; echo .)\ncase $text in *"revision 1"*) exit 1 ;; esac\nprintf %s "${text%.}"\n'
    )
    for name, value in {
        "clean": "cat",
        "smudge": f"sh {tmp_path / 'choosy.sh'}",
        "required": "true",
    }.items():
        git(project, "config", f"filter.choosy.{name}", value)
    return project


def test_what_git_cannot_finish_is_taken_back(
    choosy: Path, fork_path: Path, tmp_path: Path
) -> None:
    refused(update(choosy), "choosy.sh' failed")
    untouched(choosy)
    git(choosy, "config", "filter.choosy.smudge", "cat")
    said = update(choosy)
    assert said.code == 0, said.text
    whole(choosy, fork_path, tmp_path)


def test_what_is_interrupted_is_taken_back(choosy: Path) -> None:
    script = Path(git(choosy, "config", "filter.choosy.smudge").split()[1])
    # As Ctrl-C does: all processes of the group.
    script.write_text(script.read_text().replace("exit 1", "kill -INT 0; sleep 9; exit 1"))
    said = run(choosy)
    assert (said.code, said.text.splitlines()[-1]) == (
        130,
        "template: interrupted: see `git status`",
    )
    untouched(choosy)


def test_what_git_cannot_take_back_either_is_told(choosy: Path) -> None:
    git(choosy, "config", "filter.choosy.smudge", "false")
    refused(update(choosy), "git could not finish, and not go back either")


def test_a_template_that_is_not_to_be_had_is_refused(start: Start, tmp_path: Path) -> None:
    project = start()
    answers = (project / ANSWERS).read_text()
    source = told(project)["_src_path"]
    for other in ("https://127.0.0.1:1/lost.git", str(tmp_path / "lost"), "lost", "."):
        (project / ANSWERS).write_text(answers.replace(source, other))
        commit(project)
        for command in (["status"], ["update", "--defaults"]):
            refused(run(project, *command), other)
        untouched(project)


@pytest.mark.parametrize(
    "damaged",
    [
        "<<<<<<< HEAD\n_commit: v1.0.0\n=======\n_commit: v2.0.0\n>>>>>>> other\n",
        "_commit: v1.0.0\n---\n_commit: v1.0.0\n",
        "_commit: !!python/name:os.system\n_src_path: x\n",
        "_commit: ''\n_src_path: SOURCE\n",
        "_commit: HEAD\n_src_path: SOURCE\n",
        "_commit: [v1.0.0]\n_src_path: SOURCE\n",
        "_commit: v1.0.0\n_src_path: SOURCE\n7: x\n",
        "_commit: v1.0.0\n",
        "- 1\n",
        "\0",
        "",
        None,
    ],
)
def test_damaged_answers_are_refused(damaged: str | None, start: Start, fork_path: Path) -> None:
    project = start()
    if damaged is None:
        (project / ANSWERS).unlink()
    else:
        (project / ANSWERS).write_text(damaged.replace("SOURCE", str(fork_path)))
    commit(project)
    refused(update(project), ANSWERS)
    untouched(project)


def test_an_answer_that_is_missing_does_not_change_by_itself(start: Start) -> None:
    project = start("v1.0.0")
    answers = (project / ANSWERS).read_text()
    (project / ANSWERS).write_text(answers.replace("database: postgresql\n", ""))
    assert "database" not in told(project)
    commit(project)
    refused(update(project), "database=postgresql is no longer offered")  # by default, that is
    untouched(project)
    assert update(project, "--data", "database=postgresql").code == 0


def test_a_part_that_is_not_checked_out_is_updated(start: Start) -> None:
    project = start()
    git(project, "sparse-checkout", "set", "src")
    assert not (project / "deploy").exists()
    said = update(project)
    assert said.code == 0, said.text
    commit(project)
    git(project, "sparse-checkout", "disable")
    assert update(project).text == "template: nothing to change, v3.0.0 it is\n"


@pytest.mark.parametrize("operation", ["merge", "cherry-pick", "rebase"])
def test_an_operation_that_is_not_finished_is_left_alone(operation: str, start: Start) -> None:
    project = start()
    branch = git(project, "symbolic-ref", "--short", "HEAD").strip()
    git(project, "switch", "--quiet", "--create", "other")
    (project / "mine").write_text("theirs\n")
    commit(project)
    git(project, "switch", "--quiet", branch)
    (project / "mine").write_text("ours\n")
    commit(project)
    subprocess.run(["git", operation, "other"], cwd=project, capture_output=True)
    (project / "mine").write_text("ours\n" if operation != "rebase" else "theirs\n")
    git(project, "add", "mine")
    before = git(project, "status")
    refused(update(project), "not finished: finish or abort it first")
    assert git(project, "status") == before


def test_nothing_is_done_before_the_first_commit(start: Start) -> None:
    project = start()
    git(project, "update-ref", "-d", "HEAD")
    git(project, "rm", "-r", "--quiet", "--cached", ".")
    refused(update(project), "nothing is committed yet")
    refused(run(project, "status"), "nothing is committed yet")


def test_an_ignored_link_is_not_written_over(start: Start, tmp_path: Path) -> None:
    project = start()
    (tmp_path / "elsewhere").mkdir()
    (project / "docs").symlink_to(tmp_path / "elsewhere")
    (project / ".git/info/exclude").write_text("/docs\n")
    refused(update(project), "git does not have your docs, and the template has one: move it")
    assert (project / "docs").is_symlink()
    untouched(project)


def test_attributes_of_the_owners_count(start: Start) -> None:
    project = start()
    (project / ".gitattributes").write_text("* text=auto eol=crlf\n")
    git(project, "add", "--renormalize", ".")
    commit(project)
    git(project, "rm", "-r", "--quiet", "--cached", ".")
    git(project, "reset", "--quiet", "--hard")
    said = update(project)
    assert said.code == 0, said.text
    assert b"\r\n" in (project / "README.md").read_bytes()


def test_nothing_is_left_among_temporary_files(start: Start, tmp_path: Path) -> None:
    project = start()
    (tmp_path / "temporary").mkdir()
    for command in (["status"], ["update", "--defaults"]):
        assert run(project, *command, TMPDIR=str(tmp_path / "temporary")).code == 0
        assert not list((tmp_path / "temporary").iterdir())


def test_without_git_it_is_refused(start: Start, tmp_path: Path) -> None:
    refused(run(start(), PATH=str(tmp_path)), "git is not installed")


def test_a_change_that_git_was_told_to_overlook_is_kept(start: Start) -> None:
    project = start()
    git(project, "update-index", "--assume-unchanged", "README.md")
    (project / "README.md").write_text(MINE)
    refused(update(project), "would be overwritten by merge: README.md")
    assert (project / "README.md").read_text() == MINE


def test_a_link_at_the_place_of_a_file_is_a_conflict(start: Start) -> None:
    project = start()
    (project / "README.md").unlink()
    (project / "README.md").symlink_to("deploy/stack.yaml")
    commit(project)
    said = update(project)
    assert said.code == 1
    assert "README.md: you and the template have different things at this place" in said.text
    git(project, "reset", "--quiet", "--hard")
    untouched(project)


def test_a_directory_at_the_place_of_a_file_stays(start: Start) -> None:
    project = start()
    (project / "README.md").unlink()
    (project / "README.md").mkdir()
    (project / "README.md/mine").write_text(MINE)
    commit(project)
    said = update(project)  # a file that was removed stays removed
    assert said.code == 0, said.text
    assert (project / "README.md/mine").read_text() == MINE


def test_edits_follow_whatever_limit_there_is(start: Start) -> None:
    project = start("v1.1.0")
    git(project, "config", "merge.renameLimit", "1")
    lines = (project / "src/service/old_place.py").read_text().splitlines(keepends=True)
    lines.insert(10, MINE)
    (project / "src/service/old_place.py").write_text("".join(lines))
    commit(project)
    said = update(project, "--to", "v2.0.0")
    assert said.code == 0, said.text
    lines = (project / "src/service/place.py").read_text().splitlines(keepends=True)
    assert lines.pop(10) == MINE
    assert "".join(lines) == text("place.py", "v2.0.0")


def test_a_directory_may_begin_with_a_blank(start: Start, fork_path: Path, tmp_path: Path) -> None:
    project = start(name="all/ one")
    (project / ".git").rename(project.parent / ".git")
    git(project.parent, "add", "--all")
    commit(project.parent)
    said = update(project)
    assert said.code == 0, said.text
    whole(project, fork_path, tmp_path)
