"""What the doctor asks of the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table
from sqlalchemy.exc import SQLAlchemyError

from ..findings import Finding
from ..models import metadata
from . import encoding
from .pools import is_read_only
from .server import LOST_LIMITS, lost_limits, max_connections

if TYPE_CHECKING:
    from ..config import Settings


def examine(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """Yield what was found out about connections, characters, migrations and indexes."""
    limit = max_connections(connection, settings)
    if limit is not None:
        pools = settings.database_pool_size + settings.database_transaction_pool_size
        needed = 2 * settings.web_workers * pools
        yield Finding(
            "careless queries",
            needed <= limit,
            f"two replicas may open {needed} connections, the server takes {limit}: lower"
            " DATABASE_POOL_SIZE, or WEB_WORKERS",
        )
    if connection.dialect.name != "sqlite":
        fault = encoding.find_fault(connection.connection.cursor(), metadata.tables)
        yield Finding("careless queries", not fault, fault or "")
    yield Finding("careless queries", not is_read_only(connection), "the database takes no writes")
    lost = ", ".join(lost_limits(connection, settings))
    yield Finding("careless queries", not lost, f"{lost}: {LOST_LIMITS}")
    yield Finding(
        "careless queries", not _behind(connection), "migrations are missing: run `poe migrate`"
    )
    bare = sorted(name for table in metadata.tables.values() for name in _unindexed(table))
    yield Finding("careless queries", not bare, f"foreign keys without an index: {', '.join(bare)}")


def no_answer(error: SQLAlchemyError) -> Finding:
    """Return what it means that the database could not be asked."""
    reason = " ".join(str(getattr(error, "orig", error)).split())
    advice = f"; {LOST_LIMITS}" if "startup parameter" in reason else ""
    return Finding("careless queries", False, f"the database does not answer: {reason}{advice}")


def _behind(connection: Connection) -> bool:
    scripts = ScriptDirectory.from_config(Config("alembic.ini"))
    heads = MigrationContext.configure(connection).get_current_heads()
    return set(heads) != set(scripts.get_heads())


def _unindexed(table: Table) -> set[str]:
    """Return the foreign keys of a table that no index begins with."""
    indexes = [list(index.columns) for index in table.indexes]
    indexes.append(list(table.primary_key.columns))
    first = {columns[0].name for columns in indexes if columns}
    return {
        f"{table.name}.{column.name}"
        for column in table.columns
        if column.foreign_keys and column.name not in first
    }
