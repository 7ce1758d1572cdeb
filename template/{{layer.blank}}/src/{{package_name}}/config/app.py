"""The service's own settings: add yours here."""

from __future__ import annotations

from .base import EnvironmentSettings


class AppSettings(EnvironmentSettings):
    """Read like all others: the field ``page_size`` from the variable ``PAGE_SIZE``."""
