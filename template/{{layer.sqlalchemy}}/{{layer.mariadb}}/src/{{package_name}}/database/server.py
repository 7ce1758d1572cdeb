"""MariaDB."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, DateTime, Dialect, Engine, LargeBinary, Text, text
from sqlalchemy.dialects.mysql import DATETIME, MEDIUMBLOB, MEDIUMTEXT
from sqlalchemy.types import TypeEngine

from . import mariadb_faults, sqlite
from .mariadb_driver import DRIVER, timeouts

if TYPE_CHECKING:
    from ..config import Settings

# Plain ones end at 64 KiB, these at 16 MiB.
LongText = Text().with_variant(MEDIUMTEXT(), "mariadb")
LongBinary = LargeBinary().with_variant(MEDIUMBLOB(), "mariadb")


def engine_options(url: URL, settings: Settings) -> dict[str, Any]:
    """Return what the engine needs beyond the URL."""
    if url.get_backend_name() == "sqlite":
        return sqlite.engine_options(settings)
    seconds = settings.statement_timeout
    return {
        "connect_args": {
            "charset": "utf8mb4",
            "connect_timeout": settings.database_connect_timeout,
            **timeouts(seconds),
            "init_command": "SET time_zone = '+00:00', sql_mode = 'TRADITIONAL',"
            f" max_statement_time = {seconds:g}, innodb_lock_wait_timeout = {max(1, int(seconds))}",
        }
    }


def migration_options(url: URL, settings: Settings) -> dict[str, Any]:
    """Return what the engine of migrations needs: a bound to the wait for locks alone."""
    if url.get_backend_name() == "sqlite":
        return {}
    lock = max(1, int(settings.statement_timeout))
    limits = f"SET innodb_lock_wait_timeout = {lock}, lock_wait_timeout = {lock}"
    return {"connect_args": {"init_command": limits}}


def driver_url(url: URL) -> URL:
    """Name the driver."""
    if url.get_backend_name() == "sqlite":
        return sqlite.driver_url(url)
    return url.set(drivername=DRIVER)


def prepare(engine: Engine) -> None:
    """Set up each new connection."""
    if engine.dialect.name == "sqlite":
        sqlite.prepare(engine)


def max_connections(connection: Connection) -> int | None:
    """Return how many connections the server takes; ``None`` if there is no server."""
    if connection.dialect.name == "sqlite":
        return None
    return int(connection.execute(text("SELECT @@max_connections")).scalar_one())


def moment_type(dialect: Dialect) -> TypeEngine[datetime]:
    """Return the column type of a moment; the server keeps microseconds only if told so."""
    return DateTime() if dialect.name == "sqlite" else DATETIME(fsp=6)


def is_mistake(error: BaseException | None) -> bool:
    """Tell whether it is the statement that is wrong, not the database that is away."""
    return mariadb_faults.is_mistake(error) or sqlite.is_mistake(error)
