"""Making an account."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort
from sqlalchemy.exc import IntegrityError

from ..database import db
from ..errors import Unavailable
from ..operation import operation
from ..passwords import RETRY_AFTER, PasswordsBusy, hash_password
from ..rate_limit import limiter
from ..resources import get_resources
from .models import Account
from .schemas import NewAccount, User, UserOut

blueprint = Blueprint("accounts", __name__)


@blueprint.post("/accounts")
@operation(returns=UserOut, status=201, problems=(400, 403, 409, 413, 415, 422, 429, 503))
@limiter.limit(
    # Each costs a hash, and 409 gives an account away.
    lambda: get_resources().settings.registration_limit,
    error_message="Too many accounts from this address.",
)
def create_account(body: NewAccount) -> UserOut:
    """Make an account; each e-mail address can have one."""
    try:
        password_hash = hash_password(body.password.get_secret_value())
    except PasswordsBusy:
        raise Unavailable("Too many people want an account.", retry_after=RETRY_AFTER) from None
    account = Account(
        email=body.email.lower(),
        name=body.name,
        password_hash=password_hash,
        created_at=datetime.now(UTC),
    )
    try:
        with db.sessionmaker.begin() as session:
            session.add(account)
    except IntegrityError:
        abort(409, "This e-mail address has an account already.")
    get_resources().cache.invalidate("stats")
    return UserOut(user=User(id=account.id, email=account.email, name=account.name))
