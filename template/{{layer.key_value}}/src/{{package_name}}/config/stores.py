"""Where the cache and the sessions live."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator

from .base import EnvironmentSettings, service_url


class StoreSettings(EnvironmentSettings):
    """Two servers: the cache may evict what it holds, the sessions' must not."""

    cache_url: str = ""
    session_url: str = ""
    cache_timeout: float = Field(0.2, gt=0, le=5.0, description="seconds for one command")
    cache_staleness: float = Field(2.0, ge=0, description="seconds; 0 turns the short layers off")

    @field_validator("cache_url", "session_url")
    @classmethod
    def _store_scheme(cls, value: str, info: ValidationInfo) -> str:
        return service_url(value, info, "redis", "rediss")
