"""The table of sessions, and the statements on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Delete, Insert, Select, String, Update, delete, func, insert, select
from sqlalchemy import update as update_rows
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, LongBinary, UtcDateTime

BATCH = 1000  # sessions removed at once: any number of them, and no statement takes long
OVERSHOOT = 100  # sessions of nobody that are made between two counts of them, on average


class SessionRow(Base):
    """A session; its key tells nothing about the id in the cookie."""

    __tablename__ = "sessions"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    user: Mapped[str | None] = mapped_column(String(64), index=True)
    data: Mapped[bytes] = mapped_column(LongBinary)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


def read(key: str) -> Select[bytes]:
    """Select the data of a live session."""
    return select(SessionRow.data).where(SessionRow.key == key, SessionRow.expires_at > _now())


def create(key: str, data: bytes, lifetime: int, user: str | None) -> Insert:
    """Insert a session that lives for ``lifetime`` seconds."""
    return insert(SessionRow).values(key=key, user=user, data=data, expires_at=_in(lifetime))


def update(key: str, loaded: bytes, data: bytes, lifetime: int | None) -> Update:
    """Replace the data of a live session if they are as loaded; one that is gone stays so."""
    statement = (
        update_rows(SessionRow)
        .where(SessionRow.key == key, SessionRow.data == loaded, SessionRow.expires_at > _now())
        .values(data=data)
    )
    return statement if lifetime is None else statement.values(expires_at=_in(lifetime))


def rotate(old: str, key: str, data: bytes, lifetime: int, user: str | None) -> Update:
    """Give a session a new key, data and user."""
    return (
        update_rows(SessionRow)
        .where(SessionRow.key == old)
        .values(key=key, user=user, data=data, expires_at=_in(lifetime))
    )


def end(key: str) -> Delete:
    """Delete a session."""
    return delete(SessionRow).where(SessionRow.key == key)


def end_all(user: str) -> Delete:
    """Delete every session of a user."""
    return delete(SessionRow).where(SessionRow.user == user)


def delete_expired() -> Delete:
    """Delete up to ``BATCH`` sessions that nobody can use any more."""
    expired = select(SessionRow.key).where(SessionRow.expires_at <= _now()).limit(BATCH).subquery()
    return delete(SessionRow).where(SessionRow.key.in_(select(expired.c.key)))


def count_anonymous() -> Select[int]:
    """Count the sessions of nobody."""
    return select(func.count().label("number")).where(SessionRow.user.is_(None))


def delete_anonymous(most: int) -> Delete:
    """Delete the sessions of nobody that would expire first, up to ``most`` and ``BATCH``."""
    oldest = (
        select(SessionRow.key)
        .where(SessionRow.user.is_(None))
        .order_by(SessionRow.expires_at)
        .limit(min(most, BATCH))
        .subquery()
    )
    return delete(SessionRow).where(SessionRow.key.in_(select(oldest.c.key)))


def _now() -> datetime:
    return datetime.now(UTC)


def _in(seconds: int) -> datetime:
    return _now() + timedelta(seconds=seconds)
