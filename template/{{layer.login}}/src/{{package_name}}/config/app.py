"""Settings of the login. Yours are in `own`."""

from __future__ import annotations

from .base import EnvironmentSettings


class AppSettings(EnvironmentSettings):
    """What it allows."""

    # Guesses at one account from one address, and logins from one address, good or bad.
    login_limit: str = "10/minute"
    login_limit_per_address: str = "100/minute"
