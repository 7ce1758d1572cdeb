"""SQLite: a file, one writer at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Engine, event, make_url

from . import sqlite_faults
from .sqlite_driver import DRIVER

if TYPE_CHECKING:
    from ..config import Settings

BUSY_TIMEOUT = 5.0  # seconds that a writer waits for another


def engine_options(settings: Settings) -> dict[str, Any]:
    """Return what the engine needs beyond the URL, which may name another timeout."""
    named = make_url(settings.database_url).query
    return {"connect_args": {} if "timeout" in named else {"timeout": BUSY_TIMEOUT}}


def driver_url(address: str) -> URL:
    """Name the driver, and the file by its whole path: what a short one means may depend."""
    url = make_url(address)
    path = str(Path(url.database).absolute()) if url.database else None
    return url.set(drivername=DRIVER, database=path)


def prepare(engine: Engine) -> None:
    """Make each new connection wait for locks, keep foreign keys and read while another writes."""

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()


def is_read_only(ask: Callable[[str], Any]) -> bool:
    """Return whether the file takes no writes."""
    return sqlite_faults.is_read_only(
        ask("SELECT file FROM pragma_database_list WHERE name = 'main'")
    )
