"""Where the data live."""

from __future__ import annotations

from pydantic import ValidationInfo, field_validator

from .base import service_url
from .pools import PoolSettings


class DatabaseSettings(PoolSettings):
    """The database."""

    database_url: str = ""

    @field_validator("database_url")
    @classmethod
    def _database_scheme(cls, value: str, info: ValidationInfo) -> str:
        return service_url(value, info, "sqlite") or "sqlite:///local.db"
