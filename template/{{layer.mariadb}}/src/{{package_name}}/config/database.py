"""Where the data live, and the bounds on using it."""

from __future__ import annotations

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from .base import in_production, service_url, strong_in_production
from .database_url import parameters
from .hosts import one_per_host
from .password import with_password
from .pools import PoolSettings


class DatabaseSettings(PoolSettings):
    """The database (times in seconds)."""

    database_password: SecretStr = SecretStr("")  # for a URL without one
    database_url: str = ""
    database_connect_timeout: float = Field(3.0, gt=0)

    @field_validator("database_password")
    @classmethod
    def _strong_if_given(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        return strong_in_production(value, info) if value.get_secret_value() else value

    @field_validator("database_url")
    @classmethod
    def _database_scheme(cls, value: str, info: ValidationInfo) -> str:
        # Without a server, a file: what `poe dev` and the tests start with.
        schemes = ("mariadb",) if in_production(info) else ("mariadb", "sqlite")
        for url in one_per_host(value):
            service_url(url, info, *schemes)
        if not value.startswith("mariadb:"):
            return value or "sqlite:///local.db"
        parameters(value)
        password = info.data.get("database_password", SecretStr("")).get_secret_value()
        return with_password(value, password) if in_production(info) else value
