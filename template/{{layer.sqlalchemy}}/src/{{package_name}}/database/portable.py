"""Columns that a new migration brings back: as every database has them."""

from __future__ import annotations

from typing import Any

from alembic.operations.ops import AddColumnOp, AlterColumnOp, CreateTableOp, OpContainer
from sqlalchemy import Column, Dialect, Enum, String
from sqlalchemy.types import TypeEngine

from .rendering import ddl


def make_portable(steps: OpContainer, dialect: Dialect) -> None:
    """Replace the types that the database has told by those of every database.

    What is dropped was read from the database, where it has that one's types. They remain as
    variants where they are not the same to it.

    Args:
        steps: how to undo a migration; changed in place.
        dialect: of the database.
    """
    for step in steps.ops:
        match step:
            case OpContainer():
                make_portable(step, dialect)
            case CreateTableOp():
                for column in step.columns:
                    if isinstance(column, Column):
                        column.type = _portable(column.type, dialect)
            case AddColumnOp():
                step.column.type = _portable(step.column.type, dialect)
            case AlterColumnOp() if step.modify_type is not None:
                step.modify_type = _portable(step.modify_type, dialect)


def _portable(type_: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    if type_._variant_mapping or not type(type_).__name__.isupper():
        return type_  # as a model declares it
    if isinstance(type_, Enum) and type_.name:
        return Enum(*type_.enums, name=type_.name, schema=type_.schema)
    try:
        generic = type_.as_generic()
    except NotImplementedError:
        return type_
    if isinstance(generic, String):
        generic.collation = None  # others do not know its name
    same = isinstance(type_, Enum) or ddl(generic, dialect) == ddl(type_, dialect)
    return generic if same else generic.with_variant(type_, dialect.name)
