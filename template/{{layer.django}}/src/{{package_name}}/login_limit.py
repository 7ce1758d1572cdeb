"""How often an address may try to log in (API and admin, counted together), and register."""

from __future__ import annotations

from django.http import HttpRequest

from .client_network import client_network
from .errors import HttpProblem
from .resources import get_resources
from .users.models import User


def limit_login(request: HttpRequest, email: str) -> None:
    """Refuse what looks like guessing: of one account's password, or of many accounts'.

    Raises:
        HttpProblem: 429, and when to try again.
    """
    settings = get_resources().settings
    address = _address(request)
    account = User.objects.normalize_email(email)
    for limit, identity in (
        (settings.login_limit_per_address, (address,)),
        (settings.login_limit, (address, account)),
    ):
        _hit("Too many attempts to log in.", limit, "login", *identity)


def limit_registration(request: HttpRequest) -> None:
    """Refuse an address that asks for many accounts: each costs a hash, and 409 gives one away.

    Raises:
        HttpProblem: 429, and when to try again.
    """
    limit = get_resources().settings.registration_limit
    _hit("Too many accounts from this address.", limit, "registration", _address(request))


def _address(request: HttpRequest) -> str:
    return client_network(request.META.get("REMOTE_ADDR", ""))


def _hit(detail: str, limit: str, *identity: str) -> None:
    wait = get_resources().limiter.hit(limit, *identity)
    if wait is not None:
        raise HttpProblem(429, detail, headers={"Retry-After": str(wait)})
