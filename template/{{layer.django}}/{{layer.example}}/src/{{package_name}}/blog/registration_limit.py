"""How often an address may register."""

from __future__ import annotations

from django.http import HttpRequest

from ..login_limit import client_address, count_attempt
from ..resources import get_resources


def limit_registration(request: HttpRequest) -> None:
    """Refuse an address that asks for many accounts: each costs a hash, and 409 gives one away.

    Raises:
        HttpProblem: 429, and when to try again.
    """
    limit = get_resources().settings.registration_limit
    address = client_address(request)
    count_attempt("Too many accounts from this address.", limit, "registration", address)
