"""MariaDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, DateTime, Dialect, Engine, LargeBinary, Text, make_url, text
from sqlalchemy.dialects.mysql import DATETIME, MEDIUMBLOB, MEDIUMTEXT
from sqlalchemy.types import TypeEngine

from . import mariadb_faults, sqlite, sqlite_faults
from .mariadb_driver import DRIVER, timeouts
from .parameters import connect_arguments

if TYPE_CHECKING:
    from ..config import Settings

LOST_LIMITS = "a proxy before the server drops what a connection sets: let it keep sessions apart"

# Plain ones end at 64 KiB, these at 16 MiB.
LongText = Text().with_variant(MEDIUMTEXT(), "mariadb")
LongBinary = LargeBinary().with_variant(MEDIUMBLOB(), "mariadb")


def engine_options(url: URL, settings: Settings) -> dict[str, Any]:
    """Return what the engine needs beyond the URL."""
    if url.get_backend_name() == "sqlite":
        return sqlite.engine_options(settings)
    bounds = timeouts(settings.statement_timeout)
    return {"connect_args": {**bounds, **connect_arguments(settings)}}


def migration_options(url: URL, settings: Settings) -> dict[str, Any]:
    """Return what the engine of migrations needs: a bound to the wait for locks alone."""
    if url.get_backend_name() == "sqlite":
        return {}
    return {"connect_args": connect_arguments(settings, serving=False)}


def driver_url(address: str) -> URL:
    """Name the driver; `engine_options` has the parameters."""
    if address.startswith("sqlite:"):
        return sqlite.driver_url(address)
    return make_url(address).set(drivername=DRIVER, query={})


def prepare(engine: Engine) -> None:
    """Set up each new connection."""
    if engine.dialect.name == "sqlite":
        sqlite.prepare(engine)


def max_connections(connection: Connection, _settings: Settings) -> int | None:
    """Return how many connections the server takes; ``None`` if there is no server."""
    if connection.dialect.name == "sqlite":
        return None
    return int(connection.execute(text("SELECT @@max_connections")).scalar_one())


def moment_type(dialect: Dialect) -> TypeEngine[datetime]:
    """Return the column type of a moment; the server keeps microseconds only if told so."""
    return DateTime() if dialect.name == "sqlite" else DATETIME(fsp=6)


def lost_limits(connection: Connection, settings: Settings) -> Iterator[str]:
    """Yield the settings that the service asked for, and the server does not have."""
    if connection.dialect.name == "sqlite" or "init_command" in settings.database_url:
        return
    live = connection.execute(text("SELECT @@max_statement_time")).scalar_one()
    if live != settings.statement_timeout:
        yield f"max_statement_time is {live:g}, not {settings.statement_timeout:g}"


def is_read_only(ask: Callable[[str], Any], dialect: Dialect) -> bool:
    """Return whether the database takes no writes.

    Args:
        ask: returns the first value of what a statement finds.
    """
    if dialect.name == "sqlite":
        return sqlite.is_read_only(ask)
    return ask(mariadb_faults.ASK_READ_ONLY) not in mariadb_faults.WRITABLE


def is_outage(error: BaseException | None) -> bool:
    """Return whether the database is away or unable, not the statement wrong."""
    return mariadb_faults.is_outage(error) or sqlite_faults.is_outage(error)


def refuses_writes(error: BaseException | None) -> bool:
    """Return whether the database is read-only, at least to this connection."""
    return mariadb_faults.refuses_writes(error) or sqlite_faults.refuses_writes(error)
