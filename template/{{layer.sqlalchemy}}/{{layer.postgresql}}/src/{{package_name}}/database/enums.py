"""Enumerated types in a new migration: PostgreSQL keeps them apart from the tables that use them.

Alembic writes no statements for them. A column that is added would lack its type, and a migration
that was undone could not run again, because the type would still exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from alembic.autogenerate import render, renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, MigrationScript
from alembic.operations.ops import AddColumnOp, AlterColumnOp, CreateTableOp, OpContainer
from sqlalchemy import ARRAY, Column, Enum, MetaData, Table, TypeDecorator
from sqlalchemy.types import TypeEngine

from . import rendering


class Use(NamedTuple):
    """A column that has an enumerated type."""

    schema: str | None
    table: str
    column: str
    enum: Enum

    @property
    def place(self) -> tuple[str | None, str, str]:
        """Which column it is."""
        return self[:3]


class EnumOp(MigrateOperation):
    """A step that creates a type if it is missing, or drops it if it exists."""

    def __init__(self, action: Literal["create", "drop"], enum: Enum) -> None:
        self.action = action
        self.enum = enum


@renderers.dispatch_for(EnumOp)
def _render(context: AutogenContext, step: EnumOp) -> str:
    source = render._repr_type(step.enum, context)
    return f"{source}.{step.action}(op.get_bind(), checkfirst=True)"


def render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Return the source of a part of a column, as ``rendering.render_item`` does.

    A type of its own is not created with a table, but by a step before.
    """
    if kind == "type" and isinstance(item, Enum) and item.native_enum and item.name:
        item.create_type = False
    return rendering.render_item(kind, item, context)


def add_enums(script: MigrationScript, metadata: MetaData) -> None:
    """Add steps for the types that a migration starts or ceases to use, in both directions.

    Args:
        script: the migration; changed in place.
        metadata: the tables as they are to be.
    """
    for up, down in zip(script.upgrade_ops_list, script.downgrade_ops_list, strict=True):
        begun, ended = list(_uses(up)), list(_uses(down))
        after = [use for table in metadata.tables.values() for use in _of_table(table)]
        places = {use.place for use in begun}
        before = [use for use in after if use.place not in places] + ended
        _surround(up, begun, ended, kept=after)
        _surround(down, ended, begun, kept=before)


def _surround(steps: OpContainer, begun: list[Use], ended: list[Use], kept: list[Use]) -> None:
    needed = {use.enum.name: use.enum for use in begun}
    names = {use.enum.name for use in kept}
    left = {use.enum.name: use.enum for use in ended if use.enum.name not in names}
    steps.ops = [
        *(EnumOp("create", enum) for enum in needed.values()),
        *steps.ops,
        *(EnumOp("drop", enum) for enum in left.values()),
    ]


def _uses(steps: OpContainer) -> Iterator[Use]:
    """Yield the columns that the steps make, or give another type."""
    for step in steps.ops:
        match step:
            case OpContainer():
                yield from _uses(step)
            case CreateTableOp():
                for column in step.columns:
                    if isinstance(column, Column):
                        yield from _of(step.schema, step.table_name, column.name, column.type)
            case AddColumnOp():
                yield from _of(step.schema, step.table_name, step.column.name, step.column.type)
            case AlterColumnOp(modify_type=type_) if type_ is not None:
                yield from _of(step.schema, step.table_name, step.column_name, type_)


def _of_table(table: Table) -> Iterator[Use]:
    for column in table.columns:
        yield from _of(table.schema, table.name, column.name, column.type)


def _of(schema: str | None, table: str, column: str, type_: TypeEngine[Any]) -> Iterator[Use]:
    match type_._variant_mapping.get("postgresql", type_):
        case TypeDecorator(impl_instance=inner) | ARRAY(item_type=inner):
            yield from _of(schema, table, column, inner)
        case Enum(native_enum=True) as enum if enum.name:
            yield Use(schema, table, column, enum)
