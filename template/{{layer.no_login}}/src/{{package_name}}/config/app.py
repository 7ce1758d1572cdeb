"""Settings of the service that the template brings: none. Yours are in `own`."""

from __future__ import annotations

from .base import EnvironmentSettings


class AppSettings(EnvironmentSettings):
    """Nothing to set."""
