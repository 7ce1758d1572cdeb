"""What every group of settings builds on: the environment, and what production demands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr, ValidationInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

# Where containers find their secrets, each a file named like its variable: SECRET_KEY, secret_key.
SECRETS = Path("/run/secrets")

MIN_SECRET_LENGTH = 32  # characters; `secrets.token_urlsafe(32)` gives 43
PLACEHOLDERS = ("change-me", "changeme", "placeholder", "example", "secret-key", "your-")


def _split(value: Any) -> Any:
    """Turn ``a, b`` into two items: lists are written with commas in the environment."""
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class EnvironmentSettings(BaseSettings):
    """Read from the environment, ``.env`` and the files of secrets; unknown names are ignored."""

    # An empty variable (`CACHE_URL=`) means "not set", as it does in a shell.
    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
        extra="ignore",
        frozen=True,
        validate_default=True,
    )

    environment: Literal["local", "test", "production"] = "local"


def in_production(info: ValidationInfo) -> bool:
    """Tell whether production's demands hold; ``environment`` is declared, so validated, first."""
    return bool(info.data.get("environment") == "production")


def service_url(value: str, info: ValidationInfo, *schemes: str) -> str:
    """Check the address of a service: one of ``schemes``, whole, and present in production.

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
    try:
        _ = urlsplit(value).port
    except ValueError:  # whose text may hold a part of the password
        raise ValueError(
            "its host or port cannot be read; write a password's special characters as %XX"
        ) from None
    return value


def strong_in_production(value: SecretStr, info: ValidationInfo) -> SecretStr:
    """Check that a secret can be guessed by nobody.

    Raises:
        ValueError: with one sentence that says what is allowed; never with the value.
    """
    secret = value.get_secret_value()
    if in_production(info):
        if len(secret) < MIN_SECRET_LENGTH:
            raise ValueError(f"too short; use at least {MIN_SECRET_LENGTH} random characters")
        if any(word in secret.lower() for word in PLACEHOLDERS):
            raise ValueError("looks like a placeholder; use random characters")
    return value
