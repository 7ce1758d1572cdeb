"""What updates are known to lose elsewhere, one by one; `fork` has a release for each."""

from __future__ import annotations

from pathlib import Path

import pytest

import template
from conftest import git

from .fork import text
from .project import Start, begin, commit, contents, copier_update, copy, told, unmerged, update

MINE = "mine-1\n"


def edit(project: Path, name: str, line: int = 10) -> str:
    """Insert a line into a file, commit, and return the file's text."""
    path = project / name
    lines = path.read_text().splitlines(keepends=True)
    lines.insert(line, MINE)
    path.write_text("".join(lines))
    commit(project)
    return path.read_text()


def test_edits_follow_a_file_that_moves(start: Start) -> None:
    project = start("v1.1.0")
    edit(project, "src/service/old_place.py")
    said = update(project, "--to", "v2.0.0")
    assert said.code == 0, said.text
    assert not (project / "src/service/old_place.py").exists()
    lines = (project / "src/service/place.py").read_text().splitlines(keepends=True)
    assert lines.pop(10) == MINE
    assert "".join(lines) == text("place.py", "v2.0.0")


def test_a_file_that_changes_its_layer_keeps_its_edits(start: Start) -> None:
    project = start("v2.0.0")
    edit(project, "deploy/stack.yaml", 16)
    said = update(project, "--to", "v2.1.0")
    assert said.code == 0, said.text
    lines = (project / "deploy/stack.yaml").read_text().splitlines(keepends=True)
    assert lines.pop(15) == MINE
    assert "".join(lines) == text("stack.yaml", "v2.1.0")


def test_an_edited_file_that_is_dropped_stays_and_is_reported(start: Start) -> None:
    project = start("v2.1.0")
    edited = edit(project, "src/service/dropped.py")
    said = update(project)
    assert said.code == 1
    assert "src/service/dropped.py: you have changed it, the template has removed it" in said.text
    assert (project / "src/service/dropped.py").read_text() == edited
    git(project, "rm", "--quiet", "src/service/dropped.py")
    assert not unmerged(project)


def test_a_file_that_nobody_edited_is_dropped(start: Start) -> None:
    project = start("v2.1.0")
    assert update(project).code == 0
    assert not (project / "src/service/dropped.py").exists()


def test_edits_of_a_removed_option_are_kept_and_reported(start: Start) -> None:
    """Another database has a file of the same name: what was edited is a conflict."""
    project = start("v1.0.0", database="postgresql", example=True)
    edit(project, "src/service/database.py")
    edit(project, "src/service/blog/routes.py")
    said = update(project, "--to", "v1.0.0", "--data", "database=sqlite", "--data", "example=false")
    assert said.code == 1
    assert "src/service/database.py: both have changed it" in said.text
    assert "blog/routes.py: you have changed it, the template has removed it" in said.text
    for name in ("database.py", "blog/routes.py"):
        assert MINE in (project / "src/service" / name).read_text()


def test_copier_alone_leaves_a_dropped_edit_in_git(start: Start) -> None:
    """The message after the update says how to find it (hooks/message_after_update.jinja)."""
    project = start("v2.1.0")
    edited = edit(project, "src/service/dropped.py")
    copier_update(project, None, {})
    assert not (project / "src/service/dropped.py").exists()
    gone = git(project, "diff", "HEAD", "--no-renames", "--name-only", "--diff-filter=D")
    assert gone == "src/service/dropped.py\n"
    git(project, "checkout", "HEAD", "--", "src/service/dropped.py")
    assert (project / "src/service/dropped.py").read_text() == edited


@pytest.mark.parametrize("name", ["docs/new.md", "docs"])
def test_a_file_that_git_ignores_is_not_written_over(start: Start, name: str) -> None:
    project = start("v1.0.0")
    (project / ".git/info/exclude").write_text("/docs\n")
    path = project / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(MINE)
    said = update(project)
    assert said.code == 2
    assert (
        said.text == f"template: git does not have your {name}, and the template has one: move it\n"
    )
    assert path.read_text() == MINE
    assert not git(project, "status", "--porcelain")
    assert told(project)["_commit"] == "v1.0.0"


def test_uncommitted_work_is_refused(start: Start) -> None:
    project = start("v1.0.0")
    (project / "README.md").write_text(MINE)
    said = update(project)
    assert said.code == 2
    assert said.text.startswith("template: there are changes that git does not have")
    assert (project / "README.md").read_text() == MINE


def test_files_that_git_does_not_know_yet_are_left_alone(start: Start) -> None:
    project = start("v1.0.0")
    (project / "mine.md").write_text(MINE)
    assert update(project).code == 0
    assert (project / "mine.md").read_text() == MINE
    assert git(project, "status", "--porcelain", "mine.md") == "?? mine.md\n"


def test_a_conflict_is_an_exit_code_and_a_list(start: Start) -> None:
    project = start("v1.0.0")
    path = project / "README.md"
    path.write_text(path.read_text().replace("line 2 revision 0", "line 2 is mine"))
    theirs = (project / "README.md").read_text().splitlines()
    path.write_text("".join(f"{line}, mine\n" for line in theirs))
    commit(project)
    said = update(project)
    assert said.code == 1
    assert "  README.md: both have changed it\n" in said.text
    assert unmerged(project) == {"README.md"}
    git(project, "reset", "--quiet", "--hard")  # as it says: all is as before
    assert not git(project, "status", "--porcelain")
    assert told(project)["_commit"] == "v1.0.0"


def test_a_deleted_file_stays_deleted(start: Start) -> None:
    project = start("v1.0.0")
    for name in ("README.md", "src/service/old_place.py"):
        (project / name).unlink()
    commit(project)
    assert update(project).code == 0
    found = contents(project)
    assert not {"README.md", "src/service/old_place.py", "src/service/place.py"} & set(found)


def test_a_renamed_file_is_updated_where_it_is(start: Start, fork_path: Path) -> None:
    project = start("v1.0.0")
    (project / "README.md").rename(project / "ABOUT.md")
    commit(project)
    edited = edit(project, "ABOUT.md", 0)
    assert update(project).code == 0
    now = (project / "ABOUT.md").read_text()
    assert now.startswith(MINE)
    assert now != edited
    assert not (project / "README.md").exists()


def test_a_default_is_for_new_projects(start: Start, fork_path: Path, tmp_path: Path) -> None:
    project = start("v2.0.0")
    assert update(project).code == 0
    assert told(project)["database"] == "postgresql"
    copy(fork_path, tmp_path / "fresh", "v3.0.0", {})
    assert told(tmp_path / "fresh")["database"] == "sqlite"


@pytest.mark.parametrize(("old", "new"), [("redis", "redis"), ("none", "none")])
def test_a_renamed_question_takes_the_old_answer(start: Start, old: str, new: str) -> None:
    project = start("v1.0.0", cache_backend=old)
    assert update(project, "--to", "v2.0.0").code == 0
    answers = told(project)
    assert answers["cache"] == new
    assert "cache_backend" not in answers


def test_a_renamed_value_is_followed(start: Start) -> None:
    project = start("v1.1.0", cache_backend="memcache")
    edit(project, "src/service/cache.py")
    assert update(project, "--to", "v2.0.0").code == 0
    assert told(project)["cache"] == "memcached"
    assert MINE in (project / "src/service/cache.py").read_text()


def test_an_answer_that_is_no_longer_offered_is_asked_for(start: Start) -> None:
    project = start("v2.1.0", cache="memcached")
    said = update(project)
    assert said.code == 2
    assert said.text == (
        "template: cache=memcached is no longer offered: choose anew, for example with"
        " --data cache=redis\n"
    )
    assert told(project)["_commit"] == "v2.1.0"
    assert update(project, "--data", "cache=none").code == 0
    assert told(project)["cache"] == "none"


def test_what_is_made_once_is_never_touched(start: Start) -> None:
    project = start("v2.0.0")
    extension = project / "src/service/extension.py"
    extension.write_text(MINE)
    commit(project)
    assert update(project, "--data", "example=false").code == 0
    assert extension.read_text() == MINE
    assert (project / "migrations/versions/0002_blog.py").read_text() == "blog\n"
    assert not (project / "src/service/blog").exists()


def test_what_is_made_once_is_made_when_a_release_brings_it(start: Start) -> None:
    project = start("v1.0.0")
    assert update(project).code == 0
    assert (project / "src/service/extension.py").read_text() == "what is added\n"


def test_a_project_may_share_its_repository(fork_path: Path, tmp_path: Path) -> None:
    services = [tmp_path / "all" / name for name in ("one", "two")]
    for service in services:
        copy(fork_path, service, "v1.1.0", {})
    begin(tmp_path / "all")
    edit(services[0], "src/service/old_place.py")
    before = contents(services[1])
    said = update(services[0])
    assert said.code == 0, said.text
    assert MINE in (services[0] / "src/service/place.py").read_text()
    assert contents(services[1]) == before


def test_status(
    start: Start, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = start("v2.0.0")
    monkeypatch.setattr(template, "ROOT", project)  # the script is its own
    assert template.main(["--project", str(project), "status"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("template: v2.0.0 -> v3.0.0\n")
    assert "## v3.0.0\n\n- What v3.0.0 brings.\n\n## v2.1.0" in said
    assert "## v2.0.0" not in said
    assert "src/service/dropped.py" in said
    assert not git(project, "status", "--porcelain")
    assert update(project).code == 0
    commit(project)
    assert template.main(["--project", str(project), "status"]) == 0
    assert "template: v3.0.0 is the newest version\n" in capsys.readouterr().out
    assert update(project).text == "template: nothing to change, v3.0.0 it is\n"
    assert template.main(["--project", str(project), "status", "--data", "database=sqlite"]) == 0
    said = capsys.readouterr().out
    assert "other answers for v3.0.0" in said
    assert "`uv run poe template-update --data database=sqlite` merges it" in said
    same = f"database={told(project)['database']}"
    assert template.main(["--project", str(project), "status", "--data", same]) == 0
    assert "this service has these answers" in capsys.readouterr().out


def test_an_update_that_is_not_finished(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    project = start("v1.0.0")
    edit(project, "src/service/dropped.py")
    assert update(project).code == 1
    before = git(project, "status", "--porcelain")
    assert update(project).text.startswith("template: there are conflicts: mend and commit")
    assert git(project, "status", "--porcelain") == before
    assert template.main(["--project", str(project), "status"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("template: the update to v3.0.0 is not committed yet\n")


def test_new_questions_and_their_answers_are_told(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    project = start("v1.0.0")
    line = "New answers: team=nobody. Others by --data NAME=VALUE.\n"
    assert template.main(["--project", str(project), "status", "--to", "v1.1.0"]) == 0
    said = capsys.readouterr().out
    assert line in said
    command = f"--project {project} update --to v1.1.0` merges it"  # it has no task for that yet
    assert command in said
    assert line in update(project, "--to", "v1.1.0").text
    commit(project)
    assert "New answers" not in update(project, "--to", "v1.1.0", "--data", "team=crew").text
    assert told(project)["team"] == "crew"


def test_the_message_that_git_proposes_tells_what_was_chosen(start: Start) -> None:
    project = start("v3.0.0", database="postgresql")
    assert update(project, "--data", "database=postgresql").text.startswith("template: nothing")
    assert not (project / ".git" / "MERGE_MSG").exists(), "it would be proposed for any commit"
    assert update(project, "--data", "database=sqlite").code == 0
    git(project, "commit", "--no-edit")
    title = git(project, "log", "-1", "--format=%s")
    assert title.strip() == "template v3.0.0: database=sqlite"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--to", "v9.9.9"], "v9.9.9"),
        (["--data", "database=oracle"], "'oracle' is not in ['postgresql', 'sqlite']"),
        (["--data", "package_name=other"], "package_name=service is for good"),
        (["--data", "data_base=sqlite"], "there is no answer 'data_base'; there are cache,"),
    ],
)
def test_what_is_not_possible_is_refused(start: Start, arguments: list[str], sentence: str) -> None:
    project = start("v2.0.0")
    said = update(project, *arguments)
    assert said.code == 2
    assert said.text.startswith("template: ")
    assert sentence in said.text
    assert not git(project, "status", "--porcelain")


def test_a_project_without_git_is_refused(start: Start, tmp_path: Path) -> None:
    project = start("v1.0.0")
    (project / ".git").rename(tmp_path / "elsewhere")
    said = update(project)
    assert said.code == 2
    assert "not a git repository" in said.text


def test_an_older_version_is_refused(start: Start) -> None:
    project = start("v2.0.0")
    said = update(project, "--to", "v1.0.0")
    assert said.code == 2
    assert said.text == "template: v1.0.0 is older than v2.0.0, which this service is of\n"
