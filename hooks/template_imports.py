"""The imports of one file, rewritten to follow what the template has moved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import libcst as cst
from libcst.helpers import get_full_name_for_node

from template_moves import Moves


@dataclass(frozen=True)
class Place:
    """A file of the service, and what imports in it mean.

    Attributes:
        project: the service.
        package: its name.
        moves: what has moved.
        module: the module that the file is, relative to the package; None if it is none of it.
        is_package: whether the file is the ``__init__.py`` of a package.
    """

    project: Path
    package: str
    moves: Moves
    module: str | None
    is_package: bool

    @classmethod
    def of(cls, project: Path, name: str, package: str, moves: Moves) -> Place:
        """Return what the file ``name`` is to the service's package."""
        path = PurePosixPath(name)
        inside = path.parts[:2] == ("src", package) and path.suffix == ".py"
        parts = list(path.with_suffix("").parts[2:])
        is_package = parts[-1:] == ["__init__"]
        module = ".".join(parts[:-1] if is_package else parts)
        return cls(project, package, moves, module if inside else None, is_package)

    @property
    def parent(self) -> list[str]:
        """The package that relative imports begin at."""
        return self._parent_of(self.module or "")

    def _parent_of(self, module: str) -> list[str]:
        parts = module.split(".") if module else []
        return parts if self.is_package else parts[:-1]

    @cached_property
    def old_parent(self) -> list[str] | None:
        """The package that relative imports began at before the file has moved, if it has."""
        if self.module is None or (old := self.moves.before(self.module)) == self.module:
            return None
        return self._parent_of(old)

    def is_there(self, module: str, name: str) -> bool:
        """Tell whether the service has a module, and in it perhaps ``name``."""
        path = self.project / "src" / self.package / module.replace(".", "/")
        if path.with_suffix(".py").is_file():
            return True
        if (path / name).is_dir() or (path / f"{name}.py").is_file():
            return True
        inside = path / "__init__.py"
        text = inside.read_text(encoding="utf-8") if inside.is_file() else ""
        return bool(re.search(rf"\b{re.escape(name)}\b", text))

    def find(self, dots: int, written: str, name: str) -> str | None:
        """Return the module that ``from ..written import name`` names, in the old layout.

        Returns:
            It, relative to the package; None if it is another's or needs no look.
        """
        if not dots:
            if written != self.package and not written.startswith(f"{self.package}."):
                return None
            return written[len(self.package) + 1 :]
        if self.module is None:
            return None
        if self.old_parent is not None:
            here = absolute(self.parent, dots, written)
            if here is not None and self.is_there(here, name):
                return None
            return absolute(self.old_parent, dots, written)
        return absolute(self.parent, dots, written)

    def write(self, module: str, *, relative: bool) -> tuple[int, str]:
        """Return the dots and the dotted name by which a file here names a module."""
        if not relative:
            return 0, f"{self.package}.{module}".rstrip(".")
        parts = module.split(".") if module else []
        shared = 0
        for mine, theirs in zip(self.parent, parts, strict=False):
            if mine != theirs:
                break
            shared += 1
        return len(self.parent) - shared + 1, ".".join(parts[shared:])

    def follow(self, dots: int, written: str, name: str) -> tuple[int, str, str] | None:
        """Return what ``from ..written import name`` has to be now; None if it stays."""
        module = self.find(dots, written, name)
        if module is None:
            return None
        new = self.moves.imported(module, name)
        result = *self.write(new[0], relative=dots > 0), new[1]
        return None if result == (dots, written, name) else result


def absolute(parent: list[str], dots: int, written: str) -> str | None:
    """Return the module that a relative import names, relative to the service's package."""
    if dots - 1 > len(parent):
        return None
    return ".".join([*parent[: len(parent) - dots + 1], *filter(None, [written])])


def dotted(name: str) -> cst.Attribute | cst.Name | None:
    """Return a dotted name as code."""
    node: cst.Attribute | cst.Name | None = None
    for part in filter(None, name.split(".")):
        node = cst.Name(part) if node is None else cst.Attribute(node, cst.Name(part))
    return node


class Follow(cst.CSTTransformer):
    """Rewrites the imports of one file."""

    def __init__(self, place: Place, uses: Uses) -> None:
        super().__init__()
        self.place = place
        self.uses = uses
        self.count = 0
        self._renamed: dict[str, str] = {}  # what `import package.module` has brought

    def leave_SimpleStatementLine(  # noqa: N802 - LibCST calls it
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.SimpleStatementLine]:
        """Give each module that a statement imports from now a line of its own."""
        statements = [part for each in updated_node.body for part in self._split(each)]
        if len(updated_node.body) > 1 or len(statements) == 1:
            return updated_node.with_changes(body=statements)
        first, *others = [cst.SimpleStatementLine([each]) for each in statements]
        lines = [first.with_changes(leading_lines=updated_node.leading_lines), *others]
        lines[-1] = lines[-1].with_changes(trailing_whitespace=updated_node.trailing_whitespace)
        return cst.FlattenSentinel(lines)

    def _split(self, node: cst.BaseSmallStatement) -> Iterator[cst.BaseSmallStatement]:
        if not isinstance(node, cst.ImportFrom):
            yield node
            return
        dots = len(node.relative)
        written = get_full_name_for_node(node.module) if node.module else ""
        if isinstance(node.names, cst.ImportStar):
            new = self.place.follow(dots, written or "", "*")
            yield node if new is None else self._moved(node, *new[:2])
            return
        here = dots, written or ""
        modules: dict[tuple[int, str], list[cst.ImportAlias]] = {}
        for alias in node.names:
            new = self.place.follow(*here, get_full_name_for_node(alias.name) or "")
            found = modules.setdefault(new[:2] if new else here, [])
            found.append(renamed(alias, new[2]) if new else alias)
        if [alias for found in modules.values() for alias in found] == list(node.names) and [
            *modules
        ] == [here]:
            yield node
            return
        for module, aliases in modules.items():
            if len(modules) > 1:  # a comma at the end is for parentheses
                aliases[-1] = aliases[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            moved = node.with_changes(names=aliases)
            yield moved if module == here else self._moved(moved, *module)

    def _moved(self, node: cst.ImportFrom, dots: int, name: str) -> cst.ImportFrom:
        self.count += 1
        return node.with_changes(
            relative=[cst.Dot() for _ in range(dots)],
            module=dotted(name),
            whitespace_after_from=cst.SimpleWhitespace(" "),
            whitespace_before_import=cst.SimpleWhitespace(" "),
        )

    def leave_Import(  # noqa: N802 - LibCST calls it
        self, original_node: cst.Import, updated_node: cst.Import
    ) -> cst.Import:
        """Import what the uses of ``import package.module`` need now."""
        aliases = []
        for alias in updated_node.names:
            old = get_full_name_for_node(alias.name) or ""
            needed = self._needed(old, alias.evaluated_alias or old)
            self.count += needed != [old]
            aliases += [
                alias.with_changes(name=dotted(each), comma=cst.MaybeSentinel.DEFAULT)
                for each in needed
            ]
        changed = [get_full_name_for_node(alias.name) for alias in aliases]
        if changed == [get_full_name_for_node(alias.name) for alias in updated_node.names]:
            return updated_node
        return updated_node.with_changes(names=aliases)

    def _needed(self, old: str, local: str) -> list[str]:
        """Return the modules that the uses of one need now, and have the uses renamed."""
        module, package = self.place.find(0, old, ""), self.place.package
        if not module:
            return [old]
        uses = {use.split(".")[0] for use in self.uses.below(local)}
        moved = {use: self.place.moves.imported(module, use) for use in uses}
        modules = {new for new, _ in moved.values()} or {self.place.moves.module(module)}
        if local == old:
            for use, new in moved.items():
                self._renamed[f"{old}.{use}"] = ".".join([package, *filter(None, new)])
        elif len(modules) > 1 or any(use != name for use, (_, name) in moved.items()):
            return [old]  # one name cannot be two modules
        return sorted(f"{package}.{each}".rstrip(".") for each in modules)

    def leave_Attribute(  # noqa: N802 - LibCST calls it
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        """Rename the uses of what ``import package.module`` has brought."""
        new = self._renamed.get(get_full_name_for_node(original_node) or "")
        return updated_node if new is None else dotted(new) or updated_node


class Uses(cst.CSTVisitor):
    """The dotted names in a file."""

    def __init__(self) -> None:
        super().__init__()
        self._found: set[str] = set()

    def visit_Attribute(self, node: cst.Attribute) -> None:  # noqa: N802 - LibCST calls it
        """Note a name."""
        self._found.add(get_full_name_for_node(node) or "")

    def below(self, name: str) -> set[str]:
        """Return what follows a name, without the dot."""
        start = f"{name}."
        return {each.removeprefix(start) for each in self._found if each.startswith(start)}


def renamed(alias: cst.ImportAlias, name: str) -> cst.ImportAlias:
    """Return what imports a name that is another one now, under the one that the file uses."""
    old = get_full_name_for_node(alias.name) or ""
    if name == old:
        return alias
    if alias.asname is None:
        asname = cst.AsName(cst.Name(old))
        return alias.with_changes(name=cst.Name(name), asname=asname)
    if alias.evaluated_alias == name:
        return alias.with_changes(name=cst.Name(name), asname=None)
    return alias.with_changes(name=cst.Name(name))
