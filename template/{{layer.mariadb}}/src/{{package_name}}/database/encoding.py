"""Whether MariaDB can keep every character."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import structlog

log = structlog.get_logger(__name__)

_DATABASE = "SELECT DATABASE(), @@character_set_database, @@collation_database"

# A column that says "ascii" was meant to.
_COLUMNS = """
SELECT DISTINCT table_name FROM information_schema.columns
WHERE table_schema = DATABASE() AND character_set_name NOT IN ('utf8mb4', 'ascii')
"""


def prepare(cursor: Any) -> str | None:
    """Let new tables keep every character, unless they say otherwise themselves.

    A database that is utf8mb4 already keeps its collation.

    Returns:
        Why there must be no tables in the database: never.
    """
    cursor.execute(_DATABASE)
    name, charset, _ = cursor.fetchone()
    if charset != "utf8mb4":
        quoted = name.replace("`", "``")
        cursor.execute(f"ALTER DATABASE `{quoted}` CHARACTER SET utf8mb4")
        log.warning("new tables are utf8mb4 from now on", database=name, until_now=charset)
    return None


def find_fault(cursor: Any, tables: Collection[str]) -> str | None:
    """Return which tables cannot keep every character, and how to convert them.

    Args:
        cursor: asks the server.
        tables: those of the service.
    """
    cursor.execute(_COLUMNS)
    found = sorted({name for (name,) in cursor.fetchall()} & set(tables))
    if not found:
        return None
    cursor.execute(_DATABASE)
    _, charset, collation = cursor.fetchone()
    to = f"utf8mb4 COLLATE {collation}" if charset == "utf8mb4" else "utf8mb4"
    statements = (f"ALTER TABLE {name} CONVERT TO CHARACTER SET {to};" for name in found)
    return f"tables cannot keep every character: {' '.join(statements)}"
