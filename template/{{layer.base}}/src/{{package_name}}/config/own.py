"""Your settings. This file is yours: updates of the template never touch it."""

from __future__ import annotations

from .base import EnvironmentSettings


class OwnSettings(EnvironmentSettings):
    """Read like all others: the field ``page_size`` from the variable ``PAGE_SIZE``."""
