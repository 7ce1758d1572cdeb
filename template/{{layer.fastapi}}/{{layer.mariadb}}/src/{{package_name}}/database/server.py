"""MariaDB, through aiomysql."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, DateTime, Dialect, Engine, text
from sqlalchemy.dialects.mysql import DATETIME
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from . import sqlite

if TYPE_CHECKING:
    from ..settings import Settings


def engine_options(url: URL, settings: Settings) -> dict[str, Any]:
    """Return what `create_async_engine` needs beyond the URL."""
    if url.get_backend_name() == "sqlite":
        return sqlite.engine_options(settings)
    seconds = settings.statement_timeout
    return {
        "connect_args": {
            "charset": "utf8mb4",
            "connect_timeout": settings.database_connect_timeout,
            "init_command": "SET time_zone = '+00:00', sql_mode = 'TRADITIONAL',"
            f" max_statement_time = {seconds:g}, innodb_lock_wait_timeout = {max(1, int(seconds))}",
        }
    }


def driver_url(url: URL) -> URL:
    """Name the asyncio driver."""
    if url.get_backend_name() == "sqlite":
        return sqlite.driver_url(url)
    return url.set(drivername="mariadb+aiomysql")


def prepare(engine: Engine) -> None:
    """Set up each new connection."""
    if engine.dialect.name == "sqlite":
        sqlite.prepare(engine)


async def max_connections(connection: AsyncConnection) -> int | None:
    """Return how many connections the server takes; ``None`` if there is no server."""
    if connection.dialect.name == "sqlite":
        return None
    return int(await connection.scalar(text("SELECT @@max_connections")))


def moment_type(dialect: Dialect) -> TypeEngine[datetime]:
    """Return the column type of a moment; the server keeps microseconds only if told so."""
    return DateTime() if dialect.name == "sqlite" else DATETIME(fsp=6)
