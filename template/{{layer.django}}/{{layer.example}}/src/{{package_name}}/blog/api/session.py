"""Logging in, logging out, and who one is."""

from __future__ import annotations

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest
from ninja import Router
from ninja.errors import HttpError

from ...client_network import client_network
from ...errors import HttpProblem, Unavailable
from ...passwords import RETRY_AFTER, PasswordsBusy
from ...resources import get_resources
from ...service_api import problems
from ...users.models import User as Account
from ..schemas import Credentials, SessionOut, User, UserOut

router = Router(tags=["session"])


@router.post(
    "/session", response=UserOut, openapi_extra=problems(400, 401, 403, 413, 415, 422, 429, 503)
)
def log_in(request: HttpRequest, credentials: Credentials) -> UserOut:
    """Log in; the session goes on under a new id."""
    email = Account.objects.normalize_email(credentials.email)
    _limit(request, email)
    password = credentials.password.get_secret_value()
    try:
        account = authenticate(request, username=email, password=password)
    except PasswordsBusy:
        raise Unavailable("Too many people are logging in.", retry_after=RETRY_AFTER) from None
    if not isinstance(account, Account):
        raise HttpError(401, "The e-mail address or the password is wrong.")
    request.session.cycle_key()  # also for who is logged in already
    login(request, account)
    # The API needs no token against foreign forms, so it gives none out.
    request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
    return UserOut(user=_user(account))


@router.get("/session", response=SessionOut, openapi_extra=problems(503))
def show_session(request: HttpRequest) -> SessionOut:
    """Tell whose session it is, and count the visit."""
    user = _user(request.user) if isinstance(request.user, Account) else None
    visits = request.session["visits"] = request.session.get("visits", 0) + 1
    return SessionOut(user=user, visits=visits)


@router.delete("/session", response={204: None}, openapi_extra=problems(403, 503))
def log_out(request: HttpRequest) -> None:
    """End the session, on every replica."""
    logout(request)


def _user(account: Account) -> User:
    return User(id=account.pk, email=account.email, name=account.name)


def _limit(request: HttpRequest, email: str) -> None:
    """Refuse what looks like guessing: of one account's password, or of many accounts'."""
    resources = get_resources()
    address = client_network(request.META.get("REMOTE_ADDR", ""))
    for limit, identity in (
        (resources.settings.login_limit_per_address, (address,)),
        (resources.settings.login_limit, (address, email)),
    ):
        wait = resources.limiter.hit(limit, "login", *identity)
        if wait is not None:
            headers = {"Retry-After": str(wait)}
            raise HttpProblem(429, "Too many attempts to log in.", headers=headers)
