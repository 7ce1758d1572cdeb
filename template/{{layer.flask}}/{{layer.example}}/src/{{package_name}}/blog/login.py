"""Logging in, logging out, and who one is."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, abort
from sqlalchemy import select, update

from ..database import db
from ..errors import Unavailable
from ..operation import operation
from ..passwords import RETRY_AFTER, PasswordsBusy, verify_password
from ..rate_limit import address_and, limiter
from ..resources import get_resources
from ..sessions import current_session
from .models import Account
from .schemas import Credentials, SessionOut, User, UserOut, as_registered

blueprint = Blueprint("session", __name__)

TOO_MANY = "Too many attempts to log in."
BUSY = "Too many people are logging in."


def current_user_id() -> int:
    """Return whose session it is; refuse with 401 when nobody is logged in."""
    user = current_session().user
    if user is None:
        abort(401, "Log in first.")
    return int(user)


@blueprint.post("/session")
@operation(returns=UserOut, problems=(400, 401, 403, 413, 415, 422, 429, 503))
@limiter.limit(lambda: get_resources().settings.login_limit_per_address, error_message=TOO_MANY)
@limiter.limit(
    lambda: get_resources().settings.login_limit,
    key_func=partial(address_and, "email", as_registered),
    error_message=TOO_MANY,
)
def log_in(body: Credentials) -> UserOut:
    """Log in; the session goes on under a new id."""
    email = body.email.strip().lower()
    statement = select(Account.id, Account.email, Account.name, Account.password_hash)
    rows = db.read(statement.where(Account.email == email))
    # Databases may find an address that only looks alike, for which attempts are counted apart.
    account = rows[0] if rows and rows[0].email == email else None
    known_hash = account.password_hash if account else None
    try:
        correct, new_hash = verify_password(body.password.get_secret_value(), known_hash)
    except PasswordsBusy:
        raise Unavailable(BUSY, retry_after=RETRY_AFTER) from None
    if account is None or not correct:
        abort(401, "The e-mail address or the password is wrong.")
    if new_hash:
        db.write(update(Account).where(Account.id == account.id).values(password_hash=new_hash))
    session = current_session()
    session.log_in(str(account.id))
    session.save()
    return UserOut(user=User(id=account.id, email=account.email, name=account.name))


@blueprint.get("/session")
@operation(returns=SessionOut, problems=(503,))
def show_session() -> SessionOut:
    """Tell whose session it is, and count the visit."""
    session = current_session()
    session.increment("visits")
    session.save()  # before it is read: visits at the same time get different numbers
    user = None
    if (user_id := session.user) is not None:
        statement = select(Account.id, Account.email, Account.name)
        for account in db.read(statement.where(Account.id == int(user_id))):
            user = User(id=account.id, email=account.email, name=account.name)
    return SessionOut(user=user, visits=session["visits"])


@blueprint.delete("/session")
@operation(status=204, problems=(403, 503))
def log_out() -> None:
    """End the session, on every replica."""
    session = current_session()
    session.end()
    session.save()
