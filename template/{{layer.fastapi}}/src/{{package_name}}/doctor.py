"""Compare the running configuration with what scaling needs, and say what to change."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table

from . import stores_doctor
from .database import Database
from .database.server import max_connections
from .findings import Finding
from .models import metadata
from .settings import get_settings
from .settings.cores import usable_cores

if TYPE_CHECKING:
    from .settings import Settings

TCP_MIGRATE = Path("/proc/sys/net/ipv4/tcp_migrate_req")


async def examine(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    """Yield what was looked at, mistake by mistake."""
    cores = usable_cores()
    production = settings.environment == "production"
    yield Finding(
        "blocking work",
        settings.web_workers * settings.cpu_workers <= 2 * cores,
        f"{settings.web_workers} workers with {settings.cpu_workers} processes each on {cores}"
        " cores: lower CPU_WORKERS",
    )
    yield Finding(
        "one process",
        settings.web_workers >= min(cores, 2),
        f"one worker on {cores} cores: raise WEB_WORKERS",
    )
    yield Finding(
        "one process",
        not production or bool(settings.trusted_proxies),
        "every client looks like the load balancer: name its network in TRUSTED_PROXIES",
    )
    yield Finding(
        "one process",
        _migrates_connections(),
        "a worker that is replaced drops queued connections: set net.ipv4.tcp_migrate_req=1",
    )
    async for finding in stores_doctor.examine(settings):
        yield finding
    yield Finding(
        "scattered errors", bool(settings.sentry_dsn), "nobody is told of crashes: set SENTRY_DSN"
    )
    yield Finding(
        "scattered errors",
        settings.log_format == "json",
        "logs that machines cannot read: set LOG_FORMAT=json",
    )
    async for finding in _examine_database(settings, database):
        yield finding


async def _examine_database(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    pools = settings.database_pool_size + settings.database_transaction_pool_size
    async with database.engine.connect() as connection:
        limit = await max_connections(connection)
        behind = await connection.run_sync(_behind)
    if limit is not None:
        needed = 2 * settings.web_workers * pools
        yield Finding(
            "careless queries",
            needed <= limit,
            f"two replicas may open {needed} connections, the server takes {limit}: lower"
            " DATABASE_POOL_SIZE, or WEB_WORKERS",
        )
    yield Finding("careless queries", not behind, "migrations are missing: run `poe migrate`")
    bare = sorted(name for table in metadata.tables.values() for name in _unindexed(table))
    yield Finding("careless queries", not bare, f"foreign keys without an index: {', '.join(bare)}")


def _migrates_connections() -> bool:
    return not TCP_MIGRATE.exists() or TCP_MIGRATE.read_text().strip() == "1"


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


async def main() -> int:
    """Print the findings; return how many things there are to change."""
    settings = get_settings()
    database = Database(settings)
    faults = 0
    try:
        async for finding in examine(settings, database):
            faults += not finding.good
            state = "ok    " if finding.good else "change"
            advice = "" if finding.good else f": {finding.advice}"
            sys.stdout.write(f"{state}  {finding.mistake}{advice}\n")
    finally:
        await database.close()
    return faults


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main()) else 0)
