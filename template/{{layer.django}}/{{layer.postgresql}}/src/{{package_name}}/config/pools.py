"""The connections to the database that each worker keeps."""

from __future__ import annotations

from pydantic import Field

from .base import EnvironmentSettings


class PoolSettings(EnvironmentSettings):
    """One pool for the threads of a worker (times in seconds)."""

    database_pool_size: int = Field(8, ge=1)
    database_pool_timeout: float = Field(3.0, gt=0)
    database_pool_recycle: int = Field(1800, ge=1)
