"""Sessions in a table of the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import LargeBinary, String, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base, UtcDateTime
from .store import StoreError

if TYPE_CHECKING:
    from ..database import Database


class SessionRow(Base):
    """A session; its key tells nothing about the id in the cookie."""

    __tablename__ = "sessions"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    user: Mapped[str | None] = mapped_column(String(64), index=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


@asynccontextmanager
async def _store_errors() -> AsyncIterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(type(error).__name__) from error


class DatabaseStore:
    """One statement per call, each committed by itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, key: str) -> bytes | None:
        """Return the data of a live session, or ``None``."""
        statement = select(SessionRow.data).where(
            SessionRow.key == key, SessionRow.expires_at > _now()
        )
        async with _store_errors():
            rows = await self._database.read(statement)
        return rows[0].data if rows else None

    async def create(self, key: str, data: bytes, lifetime: int, user: str | None) -> None:
        """Keep a new session for ``lifetime`` seconds, under its user if it has one."""
        statement = insert(SessionRow).values(
            key=key, user=user, data=data, expires_at=_now() + timedelta(seconds=lifetime)
        )
        async with _store_errors():
            await self._database.write(statement)

    async def update(self, key: str, data: bytes, lifetime: int) -> bool:
        """Replace the data of a live session; ``False`` if it is gone, which it then stays."""
        statement = (
            update(SessionRow)
            .where(SessionRow.key == key, SessionRow.expires_at > _now())
            .values(data=data, expires_at=_now() + timedelta(seconds=lifetime))
        )
        async with _store_errors():
            return await self._database.write(statement) > 0

    async def delete(self, key: str) -> None:
        """End a session; one that is gone already is no error."""
        async with _store_errors():
            await self._database.write(delete(SessionRow).where(SessionRow.key == key))

    async def delete_user(self, user: str) -> None:
        """End every session of a user."""
        async with _store_errors():
            await self._database.write(delete(SessionRow).where(SessionRow.user == user))

    async def delete_expired(self) -> int:
        """Remove what nobody can use any more; return how many."""
        async with _store_errors():
            return await self._database.write(
                delete(SessionRow).where(SessionRow.expires_at <= _now())
            )

    async def ping(self) -> None:
        """Return if the database answers."""
        async with _store_errors():
            await self._database.ping()

    async def close(self) -> None:
        """Do nothing: the connections are the database's."""


def _now() -> datetime:
    return datetime.now(UTC)
