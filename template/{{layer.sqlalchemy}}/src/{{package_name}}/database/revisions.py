"""What Alembic writes into a new migration."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter

from alembic import context as environment
from alembic.migration import MigrationContext
from alembic.operations import MigrationScript
from alembic.operations.ops import DropTableOp, ModifyTableOps, OpContainer
from sqlalchemy import MetaData

from .portable import make_portable

type Rewrite = Callable[[MigrationScript, MetaData], None]


def complete(
    metadata: MetaData,
    rewrite: Rewrite | None,
    context: MigrationContext,
    revision: str | Iterable[str | None],
    scripts: list[MigrationScript],
) -> None:
    """Bring a new migration into the form in which it runs, or drop it if it would do nothing.

    Args:
        metadata: the tables as they are to be.
        rewrite: changes it, too.
        context, revision: Alembic gives them (``process_revision_directives``).
        scripts: what is to be written; changed in place.
    """
    drop_tables_whole(context, revision, scripts)
    if not getattr(environment.config.cmd_opts, "autogenerate", False):
        return  # only compared
    if all(steps.is_empty() for script in scripts for steps in script.upgrade_ops_list):
        scripts.clear()
        environment.config.print_stdout("The models have not changed. No migration was written.")
    for script in scripts:
        for steps in script.downgrade_ops_list:
            make_portable(steps, context.dialect)
        if rewrite is not None:
            rewrite(script, metadata)


def drop_tables_whole(
    context: MigrationContext, revision: str | Iterable[str | None], scripts: list[MigrationScript]
) -> None:
    """Drop tables before those that they refer to, and their indexes with them.

    Alembic drops tables in any order, and each index first; not every database drops one that a
    foreign key needs.

    Args:
        context, revision: not used; Alembic gives them (``process_revision_directives``).
        scripts: what is to be written; changed in place.
    """
    for script in scripts:
        for upgrade, downgrade in zip(
            script.upgrade_ops_list, script.downgrade_ops_list, strict=True
        ):
            with suppress(CycleError):  # of tables that refer to each other: a key has to go first
                sort_drops(upgrade)
            upgrade.reverse_into(downgrade)
            leave_indexes(upgrade)
            leave_indexes(downgrade)


def sort_drops(steps: OpContainer) -> None:
    """Move what drops tables to the end, those that refer to others first."""
    drops = [step for step in steps.ops if isinstance(step, DropTableOp)]
    tables = {step.to_table().fullname: step for step in drops}
    order = TopologicalSorter[str](dict.fromkeys(tables, ()))
    for name, step in tables.items():
        for constraint in step.to_table().foreign_key_constraints:
            referred = constraint.elements[0].target_fullname.rpartition(".")[0]
            if referred in tables and referred != name:
                order.add(referred, name)
    others = [step for step in steps.ops if not isinstance(step, DropTableOp)]
    steps.ops = [*others, *(tables[name] for name in order.static_order())]


def leave_indexes(steps: OpContainer) -> None:
    """Remove what is done to a table before it is dropped."""
    dropped = {
        (step.schema, step.table_name) for step in steps.ops if isinstance(step, DropTableOp)
    }
    steps.ops = [
        step
        for step in steps.ops
        if not isinstance(step, ModifyTableOps) or (step.schema, step.table_name) not in dropped
    ]
