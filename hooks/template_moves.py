"""What releases of the template have moved: modules, and names within them (`moves.toml`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

EVERYWHERE = "all"  # the part of a table that holds for each framework


def version_of(name: str) -> Version:
    """Return a version that can be compared; a commit after a release is a later one.

    Raises:
        InvalidVersion: there is no release yet.
    """
    return Version(re.sub(r"-(\d+)-g\w+$", r".post\1", name))


@dataclass(frozen=True)
class Release:
    """What one release has moved; modules are dotted, and relative to the service's package.

    Attributes:
        modules: old and new places of modules; a package takes along what is in it.
        names: old and new places of single names, as ``module:name``. A name may stay where it is
            while its module goes.
    """

    modules: dict[str, str]
    names: dict[str, str]

    def module(self, old: str) -> str:
        """Return where a module is now."""
        parts = old.split(".")
        for length in range(len(parts), 0, -1):
            if (new := self.modules.get(".".join(parts[:length]))) is not None:
                return ".".join([new, *parts[length:]])
        return old

    def imported(self, module: str, name: str) -> tuple[str, str]:
        """Return what ``from module import name`` has to say now."""
        whole = f"{module}.{name}".lstrip(".")
        if whole in self.modules:  # the name is a module
            head, _, last = self.modules[whole].rpartition(".")
            return head, last
        if (new := self.names.get(f"{module}:{name}")) is not None:
            head, _, last = new.partition(":")
            return head, last
        return self.module(module), name

    def before(self, new: str) -> str:
        """Return where a module was; what has not moved was where it is."""
        places = {place: old for old, place in self.modules.items()}
        parts = new.split(".")
        for length in range(len(parts), 0, -1):
            if (old := places.get(".".join(parts[:length]))) is not None:
                return ".".join([old, *parts[length:]])
        return new


@dataclass(frozen=True)
class Moves:
    """What the releases between two versions have moved, the oldest first."""

    releases: tuple[Release, ...]

    def __bool__(self) -> bool:
        """Tell whether anything has moved."""
        return bool(self.releases)

    def module(self, old: str) -> str:
        """Return where a module is now."""
        for release in self.releases:
            old = release.module(old)
        return old

    def imported(self, module: str, name: str) -> tuple[str, str]:
        """Return what ``from module import name`` has to say now."""
        for release in self.releases:
            module, name = release.imported(module, name)
        return module, name

    def dotted(self, path: str) -> str:
        """Return where something is now of which only the dotted path is known."""
        for release in self.releases:
            names = {old.replace(":", "."): new for old, new in release.names.items()}
            path = names[path].replace(":", ".") if path in names else release.module(path)
        return path

    def before(self, new: str) -> str:
        """Return where a module was."""
        for release in reversed(self.releases):
            new = release.before(new)
        return new


def read_moves(text: str, since: str, framework: str) -> Moves:
    """Read the table of a template.

    Args:
        text: of ``moves.toml``: for each release, a table for all frameworks and one for each.
        since: the version that a service is of.
        framework: what the service is written for.

    Returns:
        What has moved in later releases.
    """
    releases = []
    for name, parts in sorted(tomllib.loads(text).items(), key=lambda item: Version(item[0])):
        moves = {**parts.get(EVERYWHERE, {}), **parts.get(framework, {})}
        if moves and is_later(name, since):
            releases.append(Release(*split(moves)))
    return Moves(tuple(releases))


def is_later(release: str, since: str) -> bool:
    """Tell whether a release is newer than a version; than one without a number, all are."""
    with suppress(InvalidVersion):
        return version_of(release) > version_of(since)
    return True


def split(moves: dict[str, str]) -> Iterable[dict[str, str]]:
    """Return the moves of modules, and those of names."""
    yield {old: new for old, new in moves.items() if ":" not in old}
    yield {old: new for old, new in moves.items() if ":" in old}
