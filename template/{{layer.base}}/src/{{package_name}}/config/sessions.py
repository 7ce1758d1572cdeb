"""How long a session lives (seconds)."""

from __future__ import annotations

from pydantic import Field

from .base import EnvironmentSettings

# Seconds without a visit until an anonymous session ends. Any client can begin any number of them.
ANONYMOUS_LIFETIME = 3600


class SessionSettings(EnvironmentSettings):
    """Rolling and absolute lifetime, and the bound on anonymous sessions."""

    session_lifetime: int = Field(14 * 86400, ge=60, description="without a visit")
    session_absolute_lifetime: int = Field(30 * 86400, ge=60, description="whatever happens")
    anonymous_sessions: int = Field(
        100_000, ge=1, description="kept at most; the oldest are removed first"
    )
