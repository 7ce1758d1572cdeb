"""How stale the cache of a process may be; sessions live in the database."""

from __future__ import annotations

from pydantic import Field

from .base import EnvironmentSettings


class StoreSettings(EnvironmentSettings):
    """No cache server: each process keeps its own answers for a moment."""

    cache_staleness: float = Field(2.0, ge=0, description="seconds; 0 turns the cache off")
