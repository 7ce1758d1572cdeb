"""What the doctor asks of the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from .database import encoding, server
from .findings import Finding
from .startup import start_django

if TYPE_CHECKING:
    from .config import Settings


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what was found out about connections and migrations."""
    start_django()
    found = server.options(settings, serving=True)["OPTIONS"]
    found.pop("pool", None)  # which says nothing of why it is empty
    connection.settings_dict["OPTIONS"] = found
    try:
        yield from _ask(settings)
    except Error as error:
        reason = " ".join(str(error).split())
        advice = f"; {server.LOST_LIMITS}" if "startup parameter" in reason else ""
        yield Finding("careless queries", False, f"the database does not answer: {reason}{advice}")
    finally:
        connection.close()


def _ask(settings: Settings) -> Iterator[Finding]:
    limit = server.max_connections(connection, settings)
    if limit is not None:
        needed = 2 * settings.web_workers * server.connections_per_worker(settings)
        yield Finding(
            "careless queries",
            needed <= limit,
            f"two replicas may open {needed} connections, the server takes {limit}:"
            f" {server.FEWER_CONNECTIONS}",
        )
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            fault = encoding.find_fault(cursor, connection.introspection.django_table_names())
        yield Finding("careless queries", not fault, fault or "")
    read_only = server.is_read_only(connection)
    yield Finding("careless queries", not read_only, "the database takes no writes")
    lost = ", ".join(server.lost_limits(connection, settings))
    yield Finding("careless queries", not lost, f"{lost}: {server.LOST_LIMITS}")
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield Finding("careless queries", not missing, "migrations are missing: run `poe migrate`")
