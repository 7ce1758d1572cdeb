"""Source code for the types and defaults of columns in a new migration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any, Literal

from alembic.autogenerate import render
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError
from sqlalchemy import DefaultClause, Dialect, TypeDecorator
from sqlalchemy.exc import CompileError
from sqlalchemy.sql.elements import False_, True_
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine
from sqlalchemy.util import immutabledict

# Where SQLAlchemy's types are; its base classes of owners' types are elsewhere.
OWN = ("sqlalchemy.sql.sqltypes", "sqlalchemy.dialects.")

type Render = Callable[[str, Any, AutogenContext], str | Literal[False]]


def render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Return the source of a part of a column (``render_item`` of Alembic).

    Args:
        kind: what ``item`` is: ``type``, ``server_default`` or another part.
        item: the part.
        context: collects the imports that the migration needs.

    Returns:
        The source, or ``False`` to leave it to Alembic.

    Raises:
        CommandError: if there is no source for the type.
    """
    if kind == "type":
        return _render_type(item, context)
    if kind == "server_default" and isinstance(item, DefaultClause):
        return _render_default(item.arg)
    return False


def _render_default(default: Any) -> str | Literal[False]:
    """Name what each database writes in its own way; Alembic would copy what this one writes."""
    if isinstance(default, True_ | False_):
        return f"sa.{default}()"
    if isinstance(default, FunctionElement) and not list(default.clauses):
        name: str = getattr(default, "name", "")
        return f"sa.func.{name.lower()}()" if name.isidentifier() else False
    return False


def _render_type(type_: TypeEngine[Any], context: AutogenContext) -> str | Literal[False]:
    """Write a type that is not SQLAlchemy's own, and its variants."""
    if type(type_).__module__.startswith("sqlalchemy."):
        return False
    variants = [
        f".with_variant({render._repr_type(variant, context)}, {dialect!r})"
        for dialect, variant in type_._variant_mapping.items()
    ]
    plain = type_.copy()
    plain._variant_mapping = immutabledict()
    return "".join([_render_plain(plain, context), *variants])


def _render_plain(type_: TypeEngine[Any], context: AutogenContext) -> str:
    dialect = context.migration_context.dialect
    wanted = _ddl(type_, dialect)
    for candidate in _candidates(type_):
        cls = type(candidate)
        if cls.__module__.startswith("sqlalchemy."):
            if _ddl(candidate, dialect) == wanted:
                return render._repr_type(candidate, context)
            continue
        module = _public_module(cls)
        source = f"{module}.{candidate!r}"
        with suppress(Exception):  # its repr is for people, or leaves out what it needs
            made = eval(source, {module.partition(".")[0]: _root(module)})  # noqa: S307
            if _ddl(made, dialect) == wanted:
                context.imports.add(f"import {module}")
                return source
    name = f"{type(type_).__module__}.{type(type_).__qualname__}"
    raise CommandError(
        f"A migration cannot contain the type {name}: its repr is {type_!r}, which does not make"
        " the same type. Give the class a __repr__ that does."
    )


def _ddl(type_: TypeEngine[Any], dialect: Dialect) -> str | None:
    """Return what the database calls a type; ``None`` if it has none."""
    try:
        return type_.compile(dialect=dialect)
    except CompileError:
        return None


def _candidates(type_: TypeEngine[Any]) -> Iterator[TypeEngine[Any]]:
    """Yield the types that may stand for one, SQLAlchemy's own first: a class may be removed."""
    cls = type(type_)
    if isinstance(type_, TypeDecorator) and not cls.__module__.startswith(OWN):
        if type(type_).load_dialect_impl is not TypeDecorator.load_dialect_impl:
            yield type_  # it is not the same to every database
        yield from _candidates(type_.impl_instance)
    else:
        bases = (base for base in cls.__mro__ if base.__module__.startswith(OWN))
        for base in bases:
            with suppress(TypeError):  # another constructor
                yield type_ if base is cls else type_.adapt(base)
            break
    yield type_


def _public_module(cls: type) -> str:
    """Return the outermost module that has the class: where it is defined may change."""
    names = cls.__module__.split(".")
    modules = [".".join(names[:depth]) for depth in range(1, len(names) + 1)]
    return next(
        (module for module in modules if getattr(import_module(module), cls.__name__, None) is cls),
        cls.__module__,
    )


def _root(module: str) -> ModuleType:
    """Import a module, and return the package that it is in."""
    import_module(module)
    return import_module(module.partition(".")[0])
