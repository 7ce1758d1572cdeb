"""The connections to the database that each worker keeps."""

from __future__ import annotations

from pydantic import Field

from .base import EnvironmentSettings


class PoolSettings(EnvironmentSettings):
    """Each thread keeps a connection of its own; none grows older than this (seconds)."""

    database_pool_recycle: int = Field(1800, ge=1)
