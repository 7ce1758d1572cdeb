"""Making an account."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from ..client_network import client_network
from ..errors import Unavailable
from ..passwords import RETRY_AFTER, PasswordsBusy, hash_password
from ..resources import Resources, ResourcesDep
from ..routing import JsonRoute, problems
from .models import Account
from .schemas import NewAccount, User, UserOut

router = APIRouter(tags=["accounts"], route_class=JsonRoute)


@router.post(
    "/accounts",
    status_code=201,
    responses=problems(400, 403, 409, 413, 415, 422, 429, 503),
)
async def create_account(request: Request, resources: ResourcesDep, new: NewAccount) -> UserOut:
    """Make an account; each e-mail address can have one."""
    await _limit(request, resources)
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


async def _limit(request: Request, resources: Resources) -> None:
    """Refuse an address that asks for many accounts: each costs a hash, and 409 gives one away."""
    address = client_network(request.client.host if request.client else "")
    limit = resources.settings.registration_limit
    wait = await resources.limiter.hit(limit, "registration", address)
    if wait is not None:
        detail = "Too many accounts from this address."
        raise HTTPException(429, detail, headers={"Retry-After": str(wait)})
