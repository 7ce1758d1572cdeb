"""The service's own settings: add yours here."""

from __future__ import annotations

from .base import EnvironmentSettings


class AppSettings(EnvironmentSettings):
    """Read like all others: the field ``page_size`` from the variable ``PAGE_SIZE``."""

    # Guesses at one account from one address, and logins from one address, good or bad.
    login_limit: str = "10/minute"
    login_limit_per_address: str = "100/minute"
