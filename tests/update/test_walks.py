"""Random walks: projects are edited in every way, and updated, and nothing of theirs is lost.

Most walks are in a small fork of the template (`fork`), whose every release does to projects what
releases do: moves and drops files, renames questions and takes answers back.
"""

from __future__ import annotations

import itertools
import random
import shutil
from collections import Counter
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from conftest import git

from .fork import VERSIONS
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

PARTS = 4  # the walks are spread over this many tests, so that several processes may take them
CHOICES = {"database": ["postgresql", "sqlite"], "example": [True, False]}
CACHES = {"redis": 0, "memcache": 0, "memcached": 2, "none": 0}  # by the first version that has it

# Where owners put files of their own; some are places that the template will want one day.
PLACES = [
    "notes.md",
    "docs/new.md",
    "docs/mine.md",
    "deploy/balancer",
    "deploy/balancer/mine.cfg",
    "compose.override.yaml",
    "migrations/versions/9f3a_orders.py",
    "src/service/orders.py",
    "src/service/place.py",
    "src/service/blog/mine.py",
]
IGNORED = [".env", "secrets/key", "docs/new.md", "src/service/place.py", "deploy/balancer", "a/b"]
ONCE = ("migrations/versions/", "src/service/extension.py", "src/service/config/own.py")

numbers = st.integers(0, 10_000)


class Walk(RuleBasedStateMachine):
    """One project, from its first version to wherever it gets."""

    source: ClassVar[Path]  # the template
    rendered: ClassVar[Path]  # fresh copies, each made once
    met: ClassVar[Counter[str]]  # what has happened so far

    def __init__(self) -> None:
        super().__init__()
        self._directory = TemporaryDirectory(prefix="walk.")
        self.project = Path(self._directory.name, "project")
        self.words = itertools.count(1)
        self.secret: dict[str, bytes] = {}  # what git ignores

    def teardown(self) -> None:
        """Forget the project."""
        self._directory.cleanup()

    def fresh(self, version: str, answers: dict[str, Any]) -> Path:
        """Return a fresh copy, under git."""
        name = "-".join([version, *(f"{value}" for _, value in sorted(answers.items()))])
        path = self.rendered / name
        if not path.exists():
            copy(self.source, path, version, answers)
            begin(path)
        return path

    def mine(self) -> str:
        """Return a line that nobody else has written."""
        return f"mine-{next(self.words)}\n"

    def files(self) -> list[Path]:
        """Return the files that git knows or may get to know."""
        return [
            self.project / name
            for name in sorted(contents(self.project).keys() - self.secret.keys())
        ]

    @initialize(
        version=st.sampled_from(VERSIONS[:-1]),
        database=st.sampled_from(CHOICES["database"]),
        cache=st.sampled_from(["redis", "memcache", "none"]),
        example=st.booleans(),
        chance=st.integers(0, 2**32).map(random.Random),
    )
    def start(
        self,
        version: str,
        database: str,
        cache: str,
        example: bool,
        chance: random.Random,
    ) -> None:
        answers = {"database": database, "example": example}
        if VERSIONS.index(version) >= 2:
            answers["cache"] = cache.replace("memcache", "memcached")
        else:
            answers["cache_backend"] = cache
        shutil.copytree(self.fresh(version, answers), self.project)
        if chance.random() < 0.6:  # or few would ever have a conflict
            self.change_lines(chance)
        if chance.random() < 0.6:  # or few would ever be refused
            self.put_what_git_ignores(chance.choice(IGNORED))

    @rule(chance=st.integers(0, 2**32).map(random.Random))
    def edit(self, chance: random.Random) -> None:
        self.change_lines(chance)

    def change_lines(self, chance: random.Random) -> None:
        """Add, replace and delete lines here and there."""
        for path in chance.choices(self.files(), k=6):
            lines = path.read_text().splitlines(keepends=True)
            line = chance.randint(0, len(lines))
            match chance.choice(["add", "add", "replace", "delete"]):
                case "add":
                    lines.insert(line, self.mine())
                case "replace":
                    lines[line : line + 6] = [self.mine()]
                case "delete":
                    del lines[line : line + 1]
            path.write_text("".join(lines))

    @rule(number=numbers)
    def delete_a_file(self, number: int) -> None:
        if files := self.files():
            files[number % len(files)].unlink()

    @rule(number=numbers)
    def rename_a_file(self, number: int) -> None:
        if files := self.files():
            path = files[number % len(files)]
            path.rename(path.with_name(f"my_{path.name}"))

    @rule(name=st.sampled_from(PLACES))
    def add_a_file(self, name: str) -> None:
        self.put(name)

    @rule(name=st.sampled_from(IGNORED))
    def add_a_file_that_git_ignores(self, name: str) -> None:
        self.put_what_git_ignores(name)

    def put_what_git_ignores(self, name: str) -> None:
        """Write a file if there is room for one, and have git ignore it."""
        commit(self.project)  # git goes on with what it knows, ignored or not
        if self.put(name):
            with (self.project / ".git/info/exclude").open("a") as exclude:
                exclude.write(f"/{name}\n")
            self.secret[name] = (self.project / name).read_bytes()

    def put(self, name: str) -> bool:
        """Write a file if there is room for one."""
        path = self.project / name
        if path.exists() or any(
            (self.project / up).is_file() for up in PurePosixPath(name).parents
        ):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.mine() * 3)
        return True

    @rule(straight=st.booleans(), alone=st.booleans(), data=st.data())
    def update(self, straight: bool, alone: bool, data: st.DataObject) -> None:
        """Update to the next version or to the newest, perhaps with other answers."""
        commit(self.project)
        before = told(self.project)
        at = VERSIONS.index(before["_commit"])
        to = VERSIONS[-1] if straight else VERSIONS[min(at + 1, len(VERSIONS) - 1)]
        answers = self.choose(before, VERSIONS.index(to), data)
        mine, files = written_by_me(tracked(self.project)), tracked(self.project)
        old = contents(self.fresh(before["_commit"], public(before)))
        new = contents(self.fresh(to, {**public(before), **answers}))
        in_the_way = [name for name in self.secret if wants(new, name)]
        # Copier alone writes over the one, and stumbles over the other.
        alone = alone and not in_the_way and not any(below(new, name) for name in files)
        if alone:
            copier_update(self.project, to, answers)
        else:
            options = [f"--data={name}={value}" for name, value in answers.items()]
            said = update(self.project, "--to", to, *options)
            if said.code == 2:
                assert any(name in said.text for name in in_the_way), said.text
                assert tracked(self.project) == files
                assert not git(self.project, "status", "--porcelain")
                self.make_room(in_the_way)
                self.met["refused"] += 1
                return
            conflicts = unmerged(self.project)
            assert said.code == bool(conflicts), said.text
            assert all(name in said.text for name in conflicts)
            assert mine <= written_by_me(contents(self.project))

        conflicts = unmerged(self.project)
        now = contents(self.project)
        gone = git(self.project, "diff", "HEAD", "--no-renames", "--name-only", "--diff-filter=D")
        reported = {name: files[name] for name in gone.split()}
        assert mine <= written_by_me(now) | written_by_me(reported)
        assert {name: now[name] for name in self.secret} == self.secret
        self.check_mine(files, old, new, now, conflicts)
        self.check_answers(to, answers)
        self.met["merged by " + ("Copier" if alone else "git")] += 1
        self.met.update(["conflicts"] * bool(conflicts) + ["other answers"] * bool(answers))
        if files == old:  # nothing was edited
            self.met["unedited"] += 1
            assert not conflicts
            assert without_once(tracked(self.project)) == without_once(new)
        if before["_commit"] == to and not answers:
            # Copier alone makes again what is made once and was deleted.
            assert without_once(tracked(self.project)) == without_once(files)
        resolve(self.project)

    def choose(self, before: dict[str, Any], at: int, data: st.DataObject) -> dict[str, Any]:
        """Change some answers; one that is no longer offered has to be."""
        answers = {
            name: data.draw(st.sampled_from(values))
            for name, values in CHOICES.items()
            if data.draw(st.integers(0, 3)) == 0
        }
        if at >= 4 and before.get("cache", before.get("cache_backend")) not in ("redis", "none"):
            answers["cache"] = data.draw(st.sampled_from(["redis", "none"]))
        return {name: value for name, value in answers.items() if before.get(name) != value}

    def make_room(self, names: list[str]) -> None:
        """Do what the refusal asks for."""
        for name in names:
            (self.project / name).unlink()
            del self.secret[name]
        (self.project / ".git/info/exclude").write_text(
            "".join(f"/{name}\n" for name in self.secret)
        )

    def check_mine(
        self,
        files: dict[str, bytes],
        old: dict[str, bytes],
        new: dict[str, bytes],
        now: dict[str, bytes],
        conflicts: set[str],
    ) -> None:
        """See to it that what is the owner's alone is as it was, and what was deleted stays so."""
        for name, content in files.items():
            own = name not in old and name not in new and not moved_to(name, files, old)
            if (own or name.startswith(ONCE)) and not in_conflict(name, conflicts):
                assert now[name] == content, name
        for name in old.keys() - files.keys() - conflicts - self.secret.keys():
            assert name not in now or name.startswith(ONCE), f"{name} is back"
        for name in (files.keys() & old.keys() & now.keys()) - conflicts:
            gone = set(old[name].splitlines()) - set(files[name].splitlines())
            back = gone & set(now[name].splitlines())
            assert not back, f"{name}: a line is back"

    def check_answers(self, version: str, answers: dict[str, Any]) -> None:
        """See to it that the answers file says what is so."""
        after = told(self.project)
        assert after["_commit"] == version
        assert answers.items() <= after.items()
        assert public(after) == public(told(self.fresh(version, public(after))))


def public(answers: dict[str, Any]) -> dict[str, Any]:
    """Return the answers without what Copier remembers for itself."""
    return {name: value for name, value in answers.items() if not name.startswith("_")}


def below(new: dict[str, bytes], name: str) -> bool:
    """Tell whether the template has a directory where ``name`` is a file."""
    return any(path.startswith(f"{name}/") for path in new)


def wants(new: dict[str, bytes], name: str) -> bool:
    """Tell whether the template has a file at, below or above ``name``."""
    return below(new, name) or any(path == name or name.startswith(f"{path}/") for path in new)


def moved_to(name: str, files: dict[str, bytes], old: dict[str, bytes]) -> bool:
    """Tell whether git may take ``name`` for a file of the template that its owner has moved."""
    return name not in old and any(path not in files for path in old)


def in_conflict(name: str, conflicts: set[str]) -> bool:
    """Tell whether ``name`` is in a conflict: a file may have to give way to a directory."""
    return name in conflicts or any(path.startswith((f"{name}~", f"{name}/")) for path in conflicts)


def without_once(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files that are not rendered once."""
    return {name: content for name, content in files.items() if not name.startswith(ONCE)}


@pytest.mark.parametrize("part", range(PARTS))
def test_walks(part: int, fork_path: Path, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    walks = -(-pytestconfig.getoption("walks") // PARTS)

    class ThisWalk(Walk):
        source = fork_path
        rendered = tmp_path
        met: ClassVar[Counter[str]] = Counter()

    run_state_machine_as_test(
        seed(part)(ThisWalk),
        settings=settings(
            max_examples=walks,
            stateful_step_count=10,
            deadline=None,
            database=None,
            print_blob=True,
            phases=[Phase.generate],  # a walk is short enough to be read
            suppress_health_check=list(HealthCheck),
        ),
    )
    expected = {"merged by Copier", "merged by git", "conflicts", "other answers"}
    assert walks < 75 or expected <= set(ThisWalk.met)  # fewer may not get as far
    assert walks < 750 or {"refused", "unedited"} <= set(ThisWalk.met)  # as before a release
