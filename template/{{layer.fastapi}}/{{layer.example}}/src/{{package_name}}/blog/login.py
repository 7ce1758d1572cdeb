"""Logging in, logging out, and who one is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import select, update
from starlette.exceptions import HTTPException

from ..client_network import client_network
from ..errors import Unavailable
from ..passwords import RETRY_AFTER, PasswordsBusy, verify_password
from ..resources import Resources, ResourcesDep
from ..routing import JsonRoute, problems
from ..sessions import Session, load_session
from .models import Account
from .schemas import Credentials, SessionOut, User, UserOut

router = APIRouter(tags=["session"], route_class=JsonRoute)

BUSY = "Too many people are logging in."

SessionDep = Annotated[Session, Depends(load_session)]


async def current_user_id(session: SessionDep) -> int:
    """Return whose session it is (a FastAPI dependency).

    Raises:
        HTTPException: 401 when nobody is logged in.
    """
    if session.user is None:
        raise HTTPException(401, "Log in first.")
    return int(session.user)


CurrentUserId = Annotated[int, Depends(current_user_id)]


@router.post("/session", responses=problems(400, 401, 403, 413, 415, 422, 429, 503))
async def log_in(request: Request, resources: ResourcesDep, credentials: Credentials) -> UserOut:
    """Log in; the session goes on under a new id."""
    email = credentials.email.strip().lower()
    await _limit(request, resources, email)
    statement = select(Account.id, Account.email, Account.name, Account.password_hash)
    rows = await resources.database.read(statement.where(Account.email == email))
    # Databases may find an address that only looks alike, for which attempts are counted apart.
    account = rows[0] if rows and rows[0].email == email else None
    known_hash = account.password_hash if account else None
    password = credentials.password.get_secret_value()
    try:
        correct, new_hash = await verify_password(password, known_hash)
    except PasswordsBusy:
        raise Unavailable(BUSY, retry_after=RETRY_AFTER) from None
    if account is None or not correct:
        raise HTTPException(401, "The e-mail address or the password is wrong.")
    if new_hash:
        changed = update(Account).where(Account.id == account.id).values(password_hash=new_hash)
        await resources.database.write(changed)
    session = await load_session(request)  # not before: who is refused need not have one
    session.log_in(str(account.id))
    await session.save()
    return UserOut(user=User(id=account.id, email=account.email, name=account.name))


@router.get("/session", responses=problems(503))
async def show_session(resources: ResourcesDep, session: SessionDep) -> SessionOut:
    """Tell whose session it is, and count the visit."""
    session.increment("visits")
    await session.save()  # before it is read: visits at the same time get different numbers
    user = None
    if session.user is not None:
        statement = select(Account.id, Account.email, Account.name)
        rows = await resources.database.read(statement.where(Account.id == int(session.user)))
        for account in rows:
            user = User(id=account.id, email=account.email, name=account.name)
    return SessionOut(user=user, visits=session["visits"])


@router.delete("/session", status_code=204, response_class=Response, responses=problems(403, 503))
async def log_out(session: SessionDep) -> None:
    """End the session, on every replica."""
    session.end()
    await session.save()


async def _limit(request: Request, resources: Resources, email: str) -> None:
    """Refuse what looks like guessing: of one account's password, or of many accounts'."""
    settings = resources.settings
    address = client_network(request.client.host if request.client else "")
    for limit, identity in (
        (settings.login_limit_per_address, (address,)),
        (settings.login_limit, (address, email)),
    ):
        wait = await resources.limiter.hit(limit, "login", *identity)
        if wait is not None:
            detail = "Too many attempts to log in."
            raise HTTPException(429, detail, headers={"Retry-After": str(wait)})
