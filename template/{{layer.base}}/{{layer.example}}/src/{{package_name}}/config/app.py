"""Settings of the login and of registration. Yours are in `own`."""

from __future__ import annotations

from .base import EnvironmentSettings
from .limits import Limit


class AppSettings(EnvironmentSettings):
    """What they allow."""

    # Guesses at one account from one address, and logins from one address, good or bad.
    login_limit: Limit = "10/minute"
    login_limit_per_address: Limit = "100/minute"
    # Registrations from one address, refused ones as well.
    registration_limit: Limit = "100/minute"
