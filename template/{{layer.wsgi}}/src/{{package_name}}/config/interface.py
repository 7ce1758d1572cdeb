"""How a worker answers requests: in threads."""

from __future__ import annotations

from pydantic import Field

from .base import EnvironmentSettings


class InterfaceSettings(EnvironmentSettings):
    """The threads of a worker."""

    web_threads: int = Field(16, ge=2, le=256, description="requests that a worker answers at once")
