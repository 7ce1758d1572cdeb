"""Where the data live, and the bounds on using it."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator

from .base import in_production, service_url
from .pools import PoolSettings


class DatabaseSettings(PoolSettings):
    """The database (times in seconds)."""

    database_url: str = ""
    database_connect_timeout: float = Field(3.0, gt=0)

    @field_validator("database_url")
    @classmethod
    def _database_scheme(cls, value: str, info: ValidationInfo) -> str:
        if in_production(info):
            return service_url(value, info, "postgresql")
        # Without a server, a file: what `poe dev` and the tests start with.
        return service_url(value, info, "postgresql", "sqlite") or "sqlite:///local.db"
