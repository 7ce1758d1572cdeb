"""What the doctor asks of the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from .database import server
from .findings import Finding
from .startup import start_django

if TYPE_CHECKING:
    from .config import Settings


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what was found out about connections and migrations."""
    start_django()
    limit = server.max_connections(connection)
    if limit is not None:
        needed = 2 * settings.web_workers * server.connections_per_worker(settings)
        yield Finding(
            "careless queries",
            needed <= limit,
            f"two replicas may open {needed} connections, the server takes {limit}:"
            f" {server.FEWER_CONNECTIONS}",
        )
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield Finding("careless queries", not missing, "migrations are missing: run `poe migrate`")
    connection.close()
