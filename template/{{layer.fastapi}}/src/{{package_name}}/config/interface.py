"""How a worker answers requests: on one event loop."""

from __future__ import annotations

from pydantic import Field

from .base import EnvironmentSettings


class InterfaceSettings(EnvironmentSettings):
    """The event loop of a worker."""

    websockets: bool = False
    stall_warning: float = Field(1.0, gt=0, description="seconds; see watchdog.py")
