"""PostgreSQL, through psycopg."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, DateTime, Dialect, Engine, LargeBinary, Text, text
from sqlalchemy.types import TypeEngine

from . import sqlite

if TYPE_CHECKING:
    from ..config import Settings

LongText = Text()
LongBinary = LargeBinary()


def engine_options(url: URL, settings: Settings) -> dict[str, Any]:
    """Return what the engine needs beyond the URL."""
    if url.get_backend_name() == "sqlite":
        return sqlite.engine_options(settings)
    milliseconds = int(settings.statement_timeout * 1000)
    return {
        "connect_args": {
            "application_name": __name__.partition(".")[0],
            "connect_timeout": max(2, round(settings.database_connect_timeout)),
            # For a server that the network no longer reaches, whether it has the statement or not.
            "tcp_user_timeout": milliseconds,
            "keepalives_idle": max(1, milliseconds // 1000),
            "keepalives_interval": 1,
            "options": f"-c timezone=UTC -c statement_timeout={milliseconds}"
            f" -c lock_timeout={milliseconds}"
            f" -c idle_in_transaction_session_timeout={2 * milliseconds}",
        }
    }


def migration_options(url: URL, settings: Settings) -> dict[str, Any]:
    """Return what the engine of migrations needs: a bound to the wait for locks alone."""
    if url.get_backend_name() == "sqlite":
        return {}
    milliseconds = int(settings.statement_timeout * 1000)
    return {"connect_args": {"options": f"-c lock_timeout={milliseconds}"}}


def driver_url(url: URL) -> URL:
    """Name the driver."""
    if url.get_backend_name() == "sqlite":
        return sqlite.driver_url(url)
    return url.set(drivername="postgresql+psycopg")


def prepare(engine: Engine) -> None:
    """Set up each new connection."""
    if engine.dialect.name == "sqlite":
        sqlite.prepare(engine)


def max_connections(connection: Connection) -> int | None:
    """Return how many connections the server takes; ``None`` if there is no server."""
    if connection.dialect.name == "sqlite":
        return None
    return int(connection.execute(text("SHOW max_connections")).scalar_one())


def moment_type(_dialect: Dialect) -> TypeEngine[datetime]:
    """Return the column type of a moment."""
    return DateTime(timezone=True)


def is_mistake(error: BaseException | None) -> bool:
    """Tell whether it is the statement that is wrong, not the database that is away."""
    return sqlite.is_mistake(error)
