# /// script
# requires-python = ">=3.13"
# dependencies = ["copier==9.19.1", "libcst==1.9.0", "ruff==0.17.6"]
# ///
"""Bring in what the template of this service has learnt since, and lose nothing of what is yours.

The service as the template once made it is where two lines of work began: yours, and the
template's. It is rendered again, as it was and as it would be now, and git merges the difference
into yours, as it merges a branch: edits follow files that are moved, and what both have changed is
a conflict, never lost.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from shutil import copy2
from typing import Any

import yaml
from copier import run_copy, run_recopy
from copier.errors import CopierError
from packaging.version import InvalidVersion
from plumbum import ProcessExecutionError

from template_follow import Report, follow_moves, own_files
from template_git import (
    Refused,
    added_files,
    check_clean,
    check_committed,
    git,
    git_path,
    leave_hook,
    merge,
    reason,
    record,
    take_back,
)
from template_moves import Moves, read_moves, version_of

ROOT = Path(__file__).resolve().parents[1]
ANSWERS = ".copier-answers.yml"
MOVES = "moves.toml"  # of the template
ORIGIN = ("_commit", "_src_path")  # the version that a service is of, and where the template is
FOR_GOOD = {"framework", "package_name"}  # the owner's own files build on them


def answers_of(directory: Path) -> dict[str, Any]:
    """Return what a rendered service remembers of its answers and its template.

    Raises:
        Refused: if it does not.
    """
    try:
        answers = yaml.safe_load((directory / ANSWERS).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise Refused(f"{ANSWERS} cannot be read: is it there, and no conflict in it?") from error
    words = [*answers, *map(answers.get, ORIGIN)] if isinstance(answers, dict) else [None]
    if not all(isinstance(word, str) and word for word in words) or answers["_commit"] == "HEAD":
        raise Refused(f"{ANSWERS} does not tell which version of which template this is")
    return answers


def public(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers without what Copier remembers for itself."""
    return {name: value for name, value in answers.items() if not name.startswith("_")}


def check_answers(before: Mapping[str, Any], after: Mapping[str, Any], data: Iterable[str]) -> None:
    """See to it that no answer becomes another one by itself.

    Raises:
        Refused: if the template no longer takes an answer, and nobody has chosen anew.
    """
    for name in sorted(before.keys() & after.keys() - set(data)):
        if before[name] != after[name]:
            raise Refused(
                f"{name}={before[name]} is no longer offered: choose anew,"
                f" for example with --data {name}={after[name]}"
            )


def check_for_good(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """See to it that nobody loses what their own files build on.

    Raises:
        Refused: naming the answer that would change.
    """
    for name in sorted(FOR_GOOD & before.keys() & after.keys()):
        if before[name] != after[name]:
            raise Refused(f"{name}={before[name]} is for good: your own files build on it")


def check_names(data: Iterable[str], answers: Mapping[str, Any]) -> None:
    """See to it that nobody waits for an answer that is no answer to anything.

    Raises:
        Refused: naming what can be answered.
    """
    for name in sorted(set(data) - answers.keys()):
        raise Refused(f"there is no answer {name!r}; there are {', '.join(sorted(answers))}")


def check_source(source: str) -> None:
    """See to it that a template on this machine is there.

    Raises:
        Refused: if it is not.
    """
    path = Path(source).expanduser()
    whole = "copier.yml", "HEAD"  # one is in a work tree of git, the other in a bare repository
    if ":" not in source and not (path.is_file() or any((path / name).exists() for name in whole)):
        raise Refused(f"there is no template at {source}: write in {ANSWERS}, as _src_path, where")


def check_order(before: str, after: str) -> None:
    """See to it that a service does not go back.

    Raises:
        Refused: if it would.
    """
    with suppress(InvalidVersion):  # between releases of which there is none yet
        if version_of(after) < version_of(before):
            raise Refused(f"{after} is older than {before}, which this service is of")


@dataclass(frozen=True)
class Renderings:
    """The service as the template makes it, in the version it is of and in the one it goes to.

    Attributes:
        old, new: commits, on no branch of the service's repository.
        versions: the version of each.
        source: the template, as git can clone it.
        added: the answers that there were not before, but for those that were given with ``data``.
        once: the files that are made once.
        package: the name of the service's package.
        moves: what the template has moved between the versions.
    """

    old: str
    new: str
    versions: tuple[str, str]
    source: str
    added: Mapping[str, Any]
    once: frozenset[str]
    package: str
    moves: Moves

    def changed(self, project: Path, *options: str) -> str:
        """Return the difference, as git tells it, but for the answers."""
        pathspec = f":(exclude,glob)**/{ANSWERS}"
        return git(project, "diff", *options, self.old, self.new, "--", ":/", pathspec)


def render(project: Path, version: str | None, data: Mapping[str, Any], *, ask: bool) -> Renderings:
    """Render the service as it once was made, and as it would be now.

    Args:
        project: the service.
        version: the template's version to go to; None is the newest.
        data: answers to change.
        ask: whether new questions are asked; otherwise they take their defaults.

    Raises:
        Refused: if a version is not to be had, or an answer not allowed.
    """
    check_committed(project)
    answers = answers_of(project)
    check_source(answers["_src_path"])
    # Where in its repository the service is.
    prefix = git(project, "rev-parse", "--show-prefix").removesuffix("\n")
    with temporary_directory() as work:
        old, new = work / "old", work / "new"
        (new / prefix).mkdir(parents=True)
        copy2(project / ANSWERS, new / prefix)
        try:
            worker = run_recopy(  # first, since it is what may be refused
                new / prefix,
                data=dict(data),
                vcs_ref=version,
                defaults=not ask,
                skip_answered=True,
                overwrite=True,
                quiet=True,
            )
            after = answers_of(new / prefix)
            versions = answers["_commit"], after["_commit"]
            moves = moves_of(worker.template.local_abspath, answers)
            check_order(*versions)
            check_names(data, public(after))
            check_for_good(answers, after)
            check_answers(public(answers), public(after), data)
            run_copy(
                answers["_src_path"],
                old / prefix,
                data=public(answers),
                vcs_ref=answers["_commit"],
                defaults=True,
                quiet=True,
            )
        except ProcessExecutionError as error:  # of git, which Copier has run
            raise Refused(f"{answers['_src_path']}: {reason(error.stderr)}") from error
        except (CopierError, ValueError, TypeError, yaml.YAMLError) as error:
            raise Refused(" ".join(str(error).split())) from error
        # What the file does not tell was, and would be, each version's default.
        check_answers(public(answers_of(old / prefix)), public(after), data)
        copy2(project / ANSWERS, old / prefix)
        rendered = {path.relative_to(top / prefix) for top in (old, new) for path in files(top)}
        once = set(filter(worker.match_skip, rendered))
        for path in once:
            leave(path, old / prefix, new / prefix, project)
        begin = record(project, old, prefix, f"template {versions[0]}")
        chosen = ", ".join(f"{name}={written(after[name])}" for name in data)
        title = f"template {versions[1]}" + (f": {chosen}" if chosen else "")
        end = record(project, new, prefix, title, "-p", begin)
        added = {name: after[name] for name in sorted(after.keys() - answers.keys() - set(data))}
        return Renderings(
            begin,
            end,
            versions,
            worker.template.url_expanded,
            added,
            frozenset(path.as_posix() for path in once),
            str(after.get("package_name", "")),
            moves,
        )


def moves_of(template: Path, answers: Mapping[str, Any]) -> Moves:
    """Return what a template has moved since a service was made from it, or updated.

    Raises:
        Refused: if the template's table cannot be read.
    """
    table = template / MOVES
    try:
        text = table.read_text(encoding="utf-8") if table.is_file() else ""
        return read_moves(text, answers["_commit"], str(answers.get("framework", "")))
    except (ValueError, TypeError, AttributeError) as error:
        raise Refused(f"{MOVES} of the template cannot be read: {error}") from error


@contextmanager
def temporary_directory() -> Iterator[Path]:
    """Make a directory, in which Copier leaves its clones, too, and remove it in the end."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="template.", ignore_cleanup_errors=True) as work:
        tempfile.tempdir = work
        try:
            yield Path(work)
        finally:
            tempfile.tempdir = before


def files(directory: Path) -> Iterator[Path]:
    """Return the files in a directory and below."""
    return (path for path in directory.rglob("*") if path.is_symlink() or path.is_file())


def leave(path: Path, old: Path, new: Path, project: Path) -> None:
    """Let a file that is made once be in the new rendering what it is in the old one."""
    if (old / path).is_file():
        (new / path).parent.mkdir(parents=True, exist_ok=True)
        copy2(old / path, new / path)
    elif os.path.lexists(project / path):
        (new / path).unlink()


def news(renderings: Renderings) -> str:
    """Return what the template's CHANGELOG has on the versions between."""
    before, after = renderings.versions
    with temporary_directory() as clone:
        git(clone, "clone", "--quiet", "--bare", renderings.source, ".")
        try:
            changelog = git(clone, "show", f"{after}:CHANGELOG.md")
        except Refused:  # it has none
            return ""
    sections = re.split(r"(?m)^(?=## )", changelog)[1:]
    between = takewhile(lambda section: section.split()[1] != before, sections)
    return "".join(section for section in between if "\n" in section.strip())


def told(before: str, after: str) -> str:
    """Return the way from one version to another in words."""
    return f"other answers for {after}" if before == after else f"{before} -> {after}"


def written(answer: Any) -> str:
    """Return an answer as it is given and kept: in YAML."""
    return str(answer).lower() if isinstance(answer, bool) else str(answer)


def asked(renderings: Renderings) -> str:
    """Return what the template asks for the first time, with the answers, in words."""
    answers = ", ".join(f"{name}={written(answer)}" for name, answer in renderings.added.items())
    return f"New answers: {answers}. Others by --data NAME=VALUE.\n" if answers else ""


def status(project: Path, version: str | None, data: Mapping[str, Any]) -> None:
    """Print which version there is, and what would change.

    Raises:
        Refused: if that cannot be found out.
    """
    renderings = render(project, version, data, ask=False)
    before, after = renderings.versions
    if git(project, "status", "--porcelain", "--", ANSWERS):
        print(f"template: the update to {before} is not committed yet")
    changed = renderings.changed(project, "--stat=100", "--find-renames")
    if before == after and not changed:
        if data:
            print("template: this service has these answers, and nothing would change")
        else:
            print(f"template: {before} is the newest version")
        return
    print(f"template: {told(before, after)}\n")
    if before != after:
        print(news(renderings))
    print(asked(renderings), end="")
    print(changed or "No file of this service would change.")
    chosen = [word for name, value in data.items() for word in ("--data", f"{name}={value}")]
    command = [*update_command(project), *chosen, *(["--to", version] if version else [])]
    print(f"`{shlex.join(command)}` merges it with what you have changed.")


def update_command(project: Path) -> list[str]:
    """Return how a service is updated: those of v0.1.0 do not have the command yet."""
    if project.resolve() == ROOT:
        return ["uv", "run", "poe", "template-update"]
    return ["uv", "run", "--script", sys.argv[0], "--project", str(project), "update"]


def update(project: Path, version: str | None, data: Mapping[str, Any], *, ask: bool) -> bool:
    """Merge the template's changes into the service and say what is left to do.

    Returns:
        Whether nothing is left to merge.

    Raises:
        Refused: if it cannot be done; nothing is changed then.
    """
    check_clean(project)
    renderings = render(project, version, data, ask=ask)
    before, after = renderings.versions
    left = merge(project, renderings.old, renderings.new)
    report = follow(project, renderings, left)
    if not git(project, "status", "--porcelain", "--untracked-files=no"):
        # What git had prepared to say would be proposed for the owner's next commit.
        git_path(project, "MERGE_MSG").unlink(missing_ok=True)
        print(f"template: nothing to change, {after} it is")
        return True
    print(f"template: {told(before, after)}, not committed yet: look at `git diff --staged`")
    print("" if ask else asked(renderings), end="")
    for path, count in report.rewritten.items():
        print(f"  {path}: {count} import{'s' * (count > 1)} rewritten, after what moved")
    for path, why in sorted(left.items()):
        print(f"  {path}: {why}")
    if report.left:
        print("These name what has moved, and are yours to rewrite:")
        print("\n".join(f"  {line}" for line in report.left))
    if left:
        print(
            "The conflicts are yours to mend: edit the file, then `git add` it, or `git rm` it;"
            " `git diff` shows what is left. `git reset --hard` takes the whole update back."
        )
    print(f"{'Then run' if left else 'Run'} `uv lock && uv run poe check`, and commit.")
    return not left


def follow(project: Path, renderings: Renderings, left: Iterable[str]) -> Report:
    """Let the owner's imports follow what the template has moved; take all back if that fails."""
    top = Path(git(project, "rev-parse", "--show-toplevel").removesuffix("\n"))
    here = git(project, "rev-parse", "--show-prefix").removesuffix("\n")
    conflicts = {path.removeprefix(here) for path in left if path.startswith(here)}
    mine = own_files(project, renderings.new, renderings.once)
    try:
        return follow_moves(project, mine, renderings.package, renderings.moves, conflicts)
    except BaseException:
        take_back(top, added_files(top, renderings.old, renderings.new))
        raise


def pair(text: str) -> tuple[str, str]:
    """Read ``NAME=VALUE``."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says.

    Returns:
        0 if all is well, 1 if there are conflicts, 2 if it was refused, 130 if it was interrupted.
    """
    parser = argparse.ArgumentParser(description="This service and its template.")
    parser.add_argument("--project", type=Path, default=ROOT, help="default: where this script is")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_ in (("status", "what would change?"), ("update", "change it")):
        command = commands.add_parser(name, help=help_)
        command.add_argument("--data", type=pair, action="append", default=[], metavar="NAME=VALUE")
        command.add_argument("--to", metavar="VERSION", help="default: the newest")
    command.add_argument("--defaults", action="store_true", help="ask nothing")
    options = parser.parse_args(arguments)
    leave_hook()
    try:
        if not options.project.is_dir():
            raise Refused(f"there is no directory {options.project}")
        if options.command == "status":
            status(options.project, options.to, dict(options.data))
            return 0
        ask = sys.stdin.isatty() and not options.defaults
        return 0 if update(options.project, options.to, dict(options.data), ask=ask) else 1
    except (Refused, OSError) as refusal:
        print(f"template: {refusal}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("template: interrupted: see `git status`", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
