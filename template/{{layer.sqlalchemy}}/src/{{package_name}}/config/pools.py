"""The connections to the database that each worker keeps."""

from __future__ import annotations

from pydantic import Field

from .base import EnvironmentSettings


class PoolSettings(EnvironmentSettings):
    """Two pools, see `database` (times in seconds)."""

    database_pool_size: int = Field(8, ge=1, description="for statements that stand alone")
    database_transaction_pool_size: int = Field(4, ge=1, description="for transactions")
    database_pool_timeout: float = Field(3.0, gt=0)
    database_pool_recycle: int = Field(1800, ge=1)
