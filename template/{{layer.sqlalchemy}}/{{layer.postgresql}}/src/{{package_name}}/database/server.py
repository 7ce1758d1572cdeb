"""PostgreSQL, through psycopg."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, DateTime, Dialect, Engine, LargeBinary, Text, text
from sqlalchemy.types import TypeEngine

from ..config.database_url import parameters
from . import postgresql_faults, sqlite, sqlite_faults
from .limited_cursor import LimitedCursor
from .parameters import ADDRESS, bounds, connect_arguments, named_settings

if TYPE_CHECKING:
    from ..config import Settings

LOST_LIMITS = "a pooler drops what a connection asks for: set DATABASE_POOLER=transaction"

LongText = Text()
LongBinary = LargeBinary()


def engine_options(url: URL, settings: Settings) -> dict[str, Any]:
    """Return what the engine needs beyond the URL."""
    if url.get_backend_name() == "sqlite":
        return sqlite.engine_options(settings)
    return {"connect_args": connect_arguments(settings, LimitedCursor)}


def migration_options(url: URL, settings: Settings) -> dict[str, Any]:
    """Return what the engine of migrations needs: a bound to the wait for locks alone."""
    if url.get_backend_name() == "sqlite":
        return {}
    return {"connect_args": connect_arguments(settings, LimitedCursor, serving=False)}


def driver_url(address: str) -> URL:
    """Name the driver, and the hosts in the form for several; `engine_options` has the rest."""
    if address.startswith("sqlite:"):
        return sqlite.driver_url(address)
    found = {name: value for name, value in parameters(address).items() if name in ADDRESS}
    user, password, name = (found.pop(key, None) for key in ("user", "password", "dbname"))
    return URL.create("postgresql+psycopg", user, password, database=name, query=found)


def prepare(engine: Engine) -> None:
    """Set up each new connection."""
    if engine.dialect.name == "sqlite":
        sqlite.prepare(engine)


def max_connections(connection: Connection, settings: Settings) -> int | None:
    """Return how many connections the server takes; ``None`` if a file or a pooler is asked."""
    if connection.dialect.name == "sqlite" or settings.database_pooler != "none":
        return None
    return int(connection.execute(text("SHOW max_connections")).scalar_one())


def moment_type(_dialect: Dialect) -> TypeEngine[datetime]:
    """Return the column type of a moment."""
    return DateTime(timezone=True)


def is_read_only(ask: Callable[[str], Any], dialect: Dialect) -> bool:
    """Return whether the database takes no writes.

    Args:
        ask: returns the first value of what a statement finds.
    """
    if dialect.name == "sqlite":
        return sqlite.is_read_only(ask)
    return bool(ask("SHOW transaction_read_only") != "off")


def lost_limits(connection: Connection, settings: Settings) -> Iterator[str]:
    """Yield the settings that the service asked for, and the server does not have."""
    if connection.dialect.name == "sqlite":
        return
    named = named_settings(settings)
    for name, value in bounds(settings).items():
        found = text("SELECT setting FROM pg_settings WHERE lower(name) = :name")
        live = connection.execute(found, {"name": name}).scalar_one()
        if live != value and name not in named:
            yield f"{name} is {live}, not {value}"


def is_outage(error: BaseException | None) -> bool:
    """Return whether the database is away or unable, not the statement wrong."""
    return postgresql_faults.is_outage(error) or sqlite_faults.is_outage(error)


def refuses_writes(error: BaseException | None) -> bool:
    """Return whether the database is read-only, at least to this connection."""
    return postgresql_faults.refuses_writes(error) or sqlite_faults.refuses_writes(error)
