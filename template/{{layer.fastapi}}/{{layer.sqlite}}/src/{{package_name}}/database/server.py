"""The database of this service: SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import URL

from . import sqlite
from .sqlite import driver_url, prepare

if TYPE_CHECKING:
    from ..settings import Settings

__all__ = ["driver_url", "engine_options", "prepare"]


def engine_options(_url: URL, settings: Settings) -> dict[str, Any]:
    """Return what `create_async_engine` needs beyond the URL."""
    return sqlite.engine_options(settings)
