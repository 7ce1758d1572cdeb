"""Logging in, logging out, and who one is."""

from __future__ import annotations

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest
from ninja import Router
from ninja.errors import HttpError

from ...login_limit import limit_login
from ...passwords import logging_in
from ...service_api import problems
from ...sessions import current_session
from ...users.models import User as Account
from ..schemas import Credentials, SessionOut, User, UserOut

router = Router(tags=["session"])


@router.post(
    "/session", response=UserOut, openapi_extra=problems(400, 401, 403, 413, 415, 422, 429, 503)
)
def log_in(request: HttpRequest, credentials: Credentials) -> UserOut:
    """Log in; the session goes on under a new id."""
    limit_login(request, credentials.email)
    password = credentials.password.get_secret_value()
    with logging_in():
        account = authenticate(request, username=credentials.email, password=password)
    if not isinstance(account, Account):
        raise HttpError(401, "The e-mail address or the password is wrong.")
    try:
        login(request, account)  # which stores the session
    finally:
        # The API needs no token against foreign forms, so it gives none out.
        request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
    return UserOut(user=_user(account))


@router.get("/session", response=SessionOut, openapi_extra=problems(503))
def show_session(request: HttpRequest) -> SessionOut:
    """Tell whose session it is, and count the visit."""
    user = _user(request.user) if isinstance(request.user, Account) else None
    session = current_session(request)
    session.increment("visits")
    session.save()  # before it is read: visits at the same time get different numbers
    return SessionOut(user=user, visits=session["visits"])


@router.delete("/session", response={204: None}, openapi_extra=problems(403, 503))
def log_out(request: HttpRequest) -> None:
    """End the session, on every replica."""
    logout(request)


def _user(account: Account) -> User:
    return User(id=account.pk, email=account.email, name=account.name)
