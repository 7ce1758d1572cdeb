"""How often an address may try to log in (API and admin, counted together)."""

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
    address = client_address(request)
    account = User.objects.normalize_email(email)
    for limit, identity in (
        (settings.login_limit_per_address, (address,)),
        (settings.login_limit, (address, account)),
    ):
        count_attempt("Too many attempts to log in.", limit, "login", *identity)


def client_address(request: HttpRequest) -> str:
    """Return the client's address, or the network of an IPv6 address."""
    return client_network(request.META.get("REMOTE_ADDR", ""))


def count_attempt(detail: str, limit: str, *identity: str) -> None:
    """Count an attempt.

    Args:
        detail: for the client, if it is one too many.
        limit: such as ``5/minute``.
        identity: what is attempted, and by which client.

    Raises:
        HttpProblem: 429, and when to try again.
    """
    wait = get_resources().limiter.hit(limit, *identity)
    if wait is not None:
        raise HttpProblem(429, detail, headers={"Retry-After": str(wait)})
