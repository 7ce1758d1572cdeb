"""Making an account."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from ..errors import Unavailable
from ..passwords import RETRY_AFTER, PasswordsBusy, hash_password
from ..resources import ResourcesDep
from ..routing import JsonRoute, problems
from .models import Account
from .schemas import NewAccount, User, UserOut

router = APIRouter(tags=["accounts"], route_class=JsonRoute)


@router.post("/accounts", status_code=201, responses=problems(400, 403, 409, 413, 415, 422, 503))
async def create_account(resources: ResourcesDep, new: NewAccount) -> UserOut:
    """Make an account; each e-mail address can have one."""
    try:
        password_hash = await hash_password(new.password.get_secret_value())
    except PasswordsBusy:
        raise Unavailable("Too many people want an account.", retry_after=RETRY_AFTER) from None
    account = Account(
        email=new.email.lower(),
        name=new.name,
        password_hash=password_hash,
        created_at=datetime.now(UTC),
    )
    try:
        async with resources.database.session() as session, session.begin():
            session.add(account)
    except IntegrityError:
        raise HTTPException(409, "This e-mail address has an account already.") from None
    await resources.cache.invalidate("stats")
    return UserOut(user=User(id=account.id, email=account.email, name=account.name))
