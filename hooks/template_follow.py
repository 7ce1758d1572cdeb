"""A service's own files follow what the template has moved; what cannot be rewritten is listed."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import libcst as cst

from template_git import names
from template_imports import Follow, Place, Uses
from template_moves import Moves

LARGEST = 1_000_000  # bytes of a file that is read
UNREADABLE = (SyntaxError, ValueError, LookupError, MemoryError, RecursionError)
FROM = re.compile(r"^\s*from\s+(\.*)([\w.]*)\s+import\s+\(?\s*([\w, ]*)")
IMPORT = re.compile(r"^\s*(from|import)\s")
TEXTS = {"STRING", "COMMENT", "FSTRING_MIDDLE", "TSTRING_MIDDLE"}  # tokens of Python


@dataclass
class Report:
    """What was done, and what is left to the owner; files are named from the service's directory.

    Attributes:
        rewritten: how many imports of each file have followed.
        left: a sentence for each place that is the owner's to rewrite, with its file and line.
    """

    rewritten: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def follow_moves(
    project: Path,
    mine: Iterable[tuple[str, bytes]],
    package: str,
    moves: Moves,
    conflicts: Iterable[str],
) -> Report:
    """Rewrite the imports of what has moved, after a merge.

    Args:
        project: the service.
        mine: the files that may be rewritten, with what is in them (`own_files`).
        package: the service's.
        moves: what has moved.
        conflicts: files with conflicts; what they need is listed.

    Raises:
        OSError: a file cannot be read or written.
        Refused: git cannot do its part.
    """
    report = Report()
    rewritten: dict[str, bytes] = {}
    for name, content in mine if moves else ():
        place = Place.of(project, name, package, moves)
        text = content.decode("utf-8", errors="replace")
        python = name.endswith(".py")
        if python and name not in conflicts and (done := follow(content, place)) is not None:
            new, count = done
            if count:
                rewritten[name], report.rewritten[name] = new, count
            lines = texts(new.decode("utf-8", errors="replace"))
        elif python:
            report.left += [f"{name}:{line}" for line in needed(text, place)]
            lines = (line for line in numbered(text) if not IMPORT.match(line[1]))
        else:
            lines = numbered(text)
        report.left += [f"{name}:{line}" for line in mentions(lines, place)]
    replace(project, rewritten)
    return report


def own_files(project: Path, new: str, once: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Return the owner's files with what is in them; huge ones and binary ones are left out.

    Args:
        project: the service.
        new: the commit that has it as the template makes it. What is the same there is the
            template's, but for what is made once.
        once: the files that are made once.
    """
    difference = "diff", "-z", "--name-only", "--no-renames", "--relative", "--diff-filter=d", new
    # Git is told to overlook some; it would not bring them back.
    listed = (entry.split(" ", 1) for entry in names(project, "ls-files", "-z", "-v"))
    known = {name for tag, name in listed if tag.isupper() and tag != "S"}
    for name in sorted(known & {*names(project, *difference), *once}):
        path = project / name
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST:
            content = path.read_bytes()
            if b"\0" not in content:
                yield name, content


def follow(content: bytes, place: Place) -> tuple[bytes, int] | None:
    """Rewrite the imports of a file.

    Returns:
        What is in it now, and how many imports were rewritten; None if it is no Python, or Python
        that LibCST does not give back as it is.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(content)  # refuses what is nested so deeply that LibCST would crash
        tree = cst.parse_module(content)
        if tree.bytes != content:
            return None
        tree.visit(uses := Uses())
        rewriter = Follow(place, uses)
        return tree.visit(rewriter).bytes, rewriter.count
    except (cst.ParserSyntaxError, *UNREADABLE):
        return None


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """Return the lines of a text with their numbers."""
    yield from enumerate(text.splitlines(), 1)


def texts(code: str) -> Iterator[tuple[int, str]]:
    """Return the lines of strings and comments of Python, with their numbers."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if tokenize.tok_name[token.type] in TEXTS:
                yield from enumerate(token.string.splitlines(), token.start[0])
    except (tokenize.TokenError, SyntaxError):
        return


def needed(text: str, place: Place) -> Iterator[str]:
    """Tell of each import what it has to be, in a file that is not rewritten."""
    for number, line in numbered(text):
        if found := FROM.match(line):
            dots, written, imported = found.groups()
            for each in re.findall(r"(\w+)(?: as \w+)?", imported):
                if new := place.follow(len(dots), written, each):
                    yield (
                        f"{number}: `from {dots}{written} import {each}` is now"
                        f" `from {'.' * new[0]}{new[1]} import {new[2]}`"
                    )


def mentions(lines: Iterable[tuple[int, str]], place: Place) -> Iterator[str]:
    """Tell of each moved module that a text names, as in a string or a command."""
    package = re.escape(place.package)
    module = re.compile(rf"(?<![\w./-]){package}\.((?:\w+\.)*\w+)")
    path = re.compile(rf"\bsrc/{package}/([\w/]+)\.py\b")
    for number, line in lines:
        for found in module.finditer(line):
            if (new := place.moves.dotted(found[1])) != found[1]:
                yield f"{number}: {found[0]} is now {place.package}.{new}"
        for found in path.finditer(line):
            old = found[1].replace("/", ".")
            if (new := place.moves.module(old)) != old:
                yield f"{number}: {found[0]} is now src/{place.package}/{new.replace('.', '/')}.py"


def replace(project: Path, contents: dict[str, bytes]) -> None:
    """Write files, as tidy as they were, and have git take them as the merge's."""
    tidy = {
        task: [name for name in contents if ruff(project, task, check, name)]
        for task, check in (("check", ["--select=I"]), ("format", ["--check"]))
    }
    for name, content in contents.items():
        (project / name).write_bytes(content)
    ruff(project, "check", ["--select=I", "--fix"], *tidy["check"])
    ruff(project, "format", [], *tidy["format"])
    if contents:
        add = "add", "--pathspec-from-file=-", "--pathspec-file-nul"
        names(project, "--literal-pathspecs", *add, say="\0".join(contents))


def ruff(project: Path, task: str, options: list[str], *paths: str) -> bool:
    """Run ruff on files, by the service's own configuration, and tell whether it is content."""
    if not paths:
        return True
    command = [sys.executable, "-m", "ruff", task, *options, "--no-cache", "--quiet", "--", *paths]
    return not subprocess.run(command, cwd=project, capture_output=True).returncode
