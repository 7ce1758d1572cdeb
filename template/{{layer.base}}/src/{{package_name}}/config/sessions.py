"""How long a session lives (seconds)."""

from __future__ import annotations

from pydantic import Field

from .base import EnvironmentSettings

# A session of nobody, without a visit. Anybody can begin any number of them, and a store that must
# not evict would fill until nobody could log in.
ANONYMOUS_LIFETIME = 3600


class SessionSettings(EnvironmentSettings):
    """Rolling and absolute lifetime."""

    session_lifetime: int = Field(14 * 86400, ge=60, description="without a visit")
    session_absolute_lifetime: int = Field(30 * 86400, ge=60, description="whatever happens")
