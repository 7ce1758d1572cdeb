"""What every group of settings builds on: the environment, and what production demands."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PLACEHOLDERS = ("change-me", "changeme", "placeholder", "example", "secret-key", "your-")


def _split(value: Any) -> Any:
    """Turn ``a, b`` into two items: lists are written with commas in the environment."""
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class EnvironmentSettings(BaseSettings):
    """Read from the process environment, then from ``.env``; unknown names are ignored."""

    # An empty variable (`CACHE_URL=`) means "not set", as it does in a shell.
    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, validate_default=True
    )

    environment: Literal["local", "test", "production"] = "local"


def in_production(info: ValidationInfo) -> bool:
    """Tell whether production's demands hold; ``environment`` is declared, so validated, first."""
    return bool(info.data.get("environment") == "production")


def service_url(value: str, info: ValidationInfo, *schemes: str) -> str:
    """Check the address of a service: one of ``schemes``, and present in production.

    Raises:
        ValueError: with one sentence that says what is allowed.
    """
    allowed = " or ".join(f"{scheme}://" for scheme in schemes)
    if not value:
        if in_production(info):
            raise ValueError(f"production needs it; use a URL that starts with {allowed}")
        return value
    if not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        raise ValueError(f"use a URL that starts with {allowed}")
    return value
