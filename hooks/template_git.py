"""What git does for an update: each rendering becomes a commit, and the difference is merged."""

from __future__ import annotations

import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from plumbum import local

# What git tells its own hooks, so that they act on the repository that it is in: others are meant.
FOREIGN = {
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_WORK_TREE",
}
NOBODY = {
    "GIT_AUTHOR_NAME": "template",
    "GIT_AUTHOR_EMAIL": "template@localhost",
    "GIT_COMMITTER_NAME": "template",
    "GIT_COMMITTER_EMAIL": "template@localhost",
}
# Git's own merge, whatever its user has configured; files that are yours stay where they are.
MERGE = (
    "-c",
    "merge.renames=true",
    "-c",
    "merge.renameLimit=10000",
    "-c",
    "merge.directoryRenames=false",
    "cherry-pick",
)
UNFINISHED = (
    "CHERRY_PICK_HEAD",
    "MERGE_HEAD",
    "REVERT_HEAD",
    "rebase-apply",
    "rebase-merge",
    "sequencer",
)

# What an unmerged path means, by the versions that git has of it: 1 is where both began.
REMOVED_HERE = {1, 3}
CONFLICTS = {
    (1, 2, 3): "both have changed it",
    (2, 3): "both have added it",
    (1, 2): "you have changed it, the template has removed it",
    (1,): "both have moved it",
    (2,): "you have moved it",
    (3,): "the template has moved it",
}
SOMETHING_ELSE = "you and the template have different things at this place"


class Refused(Exception):
    """It is not possible, and nothing was changed; the text is for people."""


def leave_hook() -> None:
    """Forget the repository that git has started this from, as its hook, for all that follows."""
    for name in FOREIGN:
        os.environ.pop(name, None)
        local.env.pop(name, None)  # Copier's own copy


def git(where: Path, *arguments: str, say: str = "", **environment: str) -> str:
    """Run git in ``where``, tell it ``say``, and return what it prints.

    Raises:
        Refused: with what git says.
    """
    command = "git", *arguments
    try:
        done = subprocess.run(
            command,
            cwd=where,
            input=say,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
        )
    except FileNotFoundError as error:
        raise Refused("git is not installed") from error
    if done.returncode:
        raise Refused(reason(done.stderr) or f"git {arguments[0]} failed")
    return done.stdout


def reason(said: str) -> str:
    """Return what git complains of, in one line: without its hints, but with the files it names."""
    complaint = re.search(r"^(?:fatal|error): (.*(?:\n\t.*)*)", said, re.MULTILINE)
    return " ".join((complaint[1] if complaint else said).split())


def names(where: Path, *arguments: str, **environment: str) -> list[str]:
    """Return the names that a command of git prints with ``-z``."""
    return [name for name in git(where, *arguments, **environment).split("\0") if name]


def git_path(project: Path, name: str) -> Path:
    """Return where git keeps something for this repository."""
    return project / git(project, "rev-parse", "--git-path", name).removesuffix("\n")


def check_committed(project: Path) -> None:
    """See to it that there is something to merge with.

    Raises:
        Refused: if there is not.
    """
    git(project, "rev-parse", "--git-dir")  # says so where there is no repository
    try:
        git(project, "rev-parse", "--verify", "--quiet", "HEAD")
    except Refused as error:
        raise Refused("nothing is committed yet: commit all there is first") from error


def check_clean(project: Path) -> None:
    """See to it that git has all that could be changed, and is about nothing else.

    Raises:
        Refused: if it has not, or is.
    """
    if unmerged(project):
        raise Refused(
            "there are conflicts: mend and commit them first, or `git reset --hard`, which takes"
            " back all that is not committed"
        )
    if any(git_path(project, name).exists() for name in UNFINISHED):
        raise Refused("a merge, a rebase or the like is not finished: finish or abort it first")
    if git(project, "status", "--porcelain", "--untracked-files=no"):
        raise Refused("there are changes that git does not have: commit them first, or stash them")


def record(project: Path, directory: Path, prefix: str, message: str, *options: str) -> str:
    """Make a commit, on no branch of the service's repository, and return it.

    It is what the repository has now, but with a rendering at the service's place. So git sees the
    attributes of files, and takes nothing beside the service for a file that has moved there.

    Args:
        project: the service.
        directory: has the rendering, at ``prefix``.
        prefix: where in its repository the service is, with a slash at its end; empty: at the top.
        message: of the commit.
        options: more of ``git commit-tree``.

    Raises:
        Refused: with what git says.
    """
    where = {
        "GIT_DIR": git(project, "rev-parse", "--absolute-git-dir").removesuffix("\n"),
        "GIT_WORK_TREE": str(directory),
        "GIT_INDEX_FILE": f"{directory}.index",
    }
    whole = "-c", "core.sparseCheckout=false"  # whatever part of it the owner has checked out
    place = f":(literal){prefix}" if prefix else "."
    git(directory, *whole, "read-tree", "HEAD", **where)
    git(directory, *whole, "add", "--no-all", "--force", place, **where)
    gone = git(directory, *whole, "ls-files", "-z", "--deleted", "--", place, **where)
    git(directory, *whole, "update-index", "-z", "--force-remove", "--stdin", say=gone, **where)
    tree = git(directory, "write-tree", **where).strip()
    return git(project, "commit-tree", tree, "-m", message, *options, **NOBODY).strip()


def check_room(top: Path, written: Iterable[str]) -> None:
    """See to it that no file is written over one that git does not have, as it may an ignored one.

    Raises:
        Refused: naming what is in the way.
    """
    tracked = set(names(top, "ls-files", "-z"))
    for name in written:
        for path in reversed((Path(name), *Path(name).parents[:-1])):
            here = top / path
            if path.as_posix() in tracked:
                break  # a link, or a file where a directory is to be: for git to merge
            if here.is_dir() and not here.is_symlink():
                others = "ls-files", "-z", "--others", "--", f":(literal){path.as_posix()}"
                blocks = path.as_posix() == name and bool(names(top, *others))
            else:
                blocks = os.path.lexists(here)
            if blocks:
                raise Refused(f"git does not have your {path}, and the template has one: move it")


def merge(project: Path, old: str, new: str) -> dict[str, str]:
    """Merge into the service what has changed from one commit to another, without a commit.

    Returns:
        The paths that are left to the owner to merge, and why.

    Raises:
        Refused: if git cannot do it; all is as it was then.
    """
    top = Path(git(project, "rev-parse", "--show-toplevel").removesuffix("\n"))
    difference = "diff", "-z", "--name-only", "--no-renames"
    check_room(top, names(top, *difference, "--diff-filter=d", old, new))
    try:
        git(top, *MERGE, "--no-commit", new)
    except BaseException as error:
        if not (isinstance(error, Refused) and unmerged(top)):
            take_back(top, added_files(top, old, new))
            raise
    found = unmerged(top)
    for path, versions in found.items():
        if versions == REMOVED_HERE:  # and removed it stays
            git(top, "rm", "--quiet", "--force", "--", path)
    moved = {1} in found.values()
    return {
        path: CONFLICTS[tuple(sorted(versions))] if moved or len(versions) > 1 else SOMETHING_ELSE
        for path, versions in found.items()
        if versions != REMOVED_HERE
    }


def added_files(top: Path, old: str, new: str) -> list[str]:
    """Return the files that are in one commit, and not in the one before it."""
    return names(top, "diff", "-z", "--name-only", "--no-renames", "--diff-filter=A", old, new)


def take_back(top: Path, added: Iterable[str]) -> None:
    """Undo what git has begun and could not end.

    Args:
        top: the repository; all its changes are git's (``check_clean``).
        added: files that are new, so that git may not know yet that they are its own.

    Raises:
        Refused: if that is not possible either.
    """
    changed = "diff", "-z", "--name-only", "--no-renames", "HEAD"
    if begun := git(top, *changed):  # alone: a reset takes what git was told to overlook, too
        whence = "--source=HEAD", "--staged", "--worktree"
        paths = "--pathspec-from-file=-", "--pathspec-file-nul"
        with suppress(Refused):
            git(top, "--literal-pathspecs", "restore", *whence, *paths, say=begun)
    for name in set(added) - set(names(top, "ls-tree", "-r", "-z", "--name-only", "HEAD")):
        above = [top / parent for parent in Path(name).parents[:-1]]
        if not any(directory.is_symlink() for directory in above):
            with suppress(OSError):  # it is not there, or others are in the directory
                (top / name).unlink()
                for directory in above:
                    directory.rmdir()
    if git(top, *changed):
        raise Refused(
            "git could not finish, and not go back either: see what is in its way, and then take"
            " all back by `git reset --hard`"
        )


def unmerged(top: Path) -> dict[str, set[int]]:
    """Return each path that git could not merge, and which versions it has of it."""
    found = defaultdict(set)
    for entry in names(top, "ls-files", "-z", "--unmerged"):
        mode_object_version, path = entry.split("\t", 1)
        found[path].add(int(mode_object_version[-1]))
    return dict(found)
