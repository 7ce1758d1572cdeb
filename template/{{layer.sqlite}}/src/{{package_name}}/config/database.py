"""Where the data live, and the bounds on using it."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator

from .base import EnvironmentSettings, service_url


class DatabaseSettings(EnvironmentSettings):
    """The database and its pools (per worker; times in seconds)."""

    database_url: str = ""
    database_pool_size: int = Field(8, ge=1, description="for statements that stand alone")
    database_transaction_pool_size: int = Field(4, ge=1, description="for transactions")
    database_pool_timeout: float = Field(3.0, gt=0)
    database_pool_recycle: int = Field(1800, ge=1)
    database_connect_timeout: float = Field(3.0, gt=0)

    @field_validator("database_url")
    @classmethod
    def _database_scheme(cls, value: str, info: ValidationInfo) -> str:
        return service_url(value, info, "sqlite") or "sqlite:///local.db"
