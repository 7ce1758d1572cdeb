"""How often somebody may try to log in: in the API and in the admin, counted together."""

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
    resources = get_resources()
    address = client_network(request.META.get("REMOTE_ADDR", ""))
    account = User.objects.normalize_email(email)
    for limit, identity in (
        (resources.settings.login_limit_per_address, (address,)),
        (resources.settings.login_limit, (address, account)),
    ):
        wait = resources.limiter.hit(limit, "login", *identity)
        if wait is not None:
            headers = {"Retry-After": str(wait)}
            raise HttpProblem(429, "Too many attempts to log in.", headers=headers)
