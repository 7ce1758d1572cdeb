"""The database of this service: SQLite."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, DateTime, Dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from . import sqlite
from .sqlite import driver_url, prepare

if TYPE_CHECKING:
    from ..settings import Settings

__all__ = ["driver_url", "engine_options", "max_connections", "moment_type", "prepare"]


def engine_options(_url: URL, settings: Settings) -> dict[str, Any]:
    """Return what `create_async_engine` needs beyond the URL."""
    return sqlite.engine_options(settings)


async def max_connections(_connection: AsyncConnection) -> int | None:
    """Return how many connections the server takes; ``None``: there is no server."""
    return None


def moment_type(_dialect: Dialect) -> TypeEngine[datetime]:
    """Return the column type of a moment."""
    return DateTime(timezone=True)
