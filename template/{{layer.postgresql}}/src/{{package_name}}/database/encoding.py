"""Whether PostgreSQL can keep every character."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import structlog

log = structlog.get_logger(__name__)

_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = ANY (current_schemas(false))"


def prepare(cursor: Any) -> str | None:
    """Check the encoding of the database, which cannot be changed later.

    Returns:
        Why there must be no tables in it, or ``None``. If there are some, a warning is logged.
    """
    fault = find_fault(cursor, ())
    cursor.execute(_TABLES)
    if fault and cursor.fetchone()[0]:
        log.warning(fault)
        return None
    return fault


def find_fault(cursor: Any, _tables: Collection[str]) -> str | None:
    """Return what is wrong with the encoding, and how to change it; ``None`` if nothing is."""
    cursor.execute("SELECT current_setting('server_encoding'), current_database()")
    encoding, name = cursor.fetchone()
    if encoding == "UTF8":
        return None
    return (
        f"the encoding of the database is {encoding}, which cannot keep every character: move its"
        f" data to a new one, CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"
    )
