"""Sessions in a table of the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from . import table
from .store import StoreError

if TYPE_CHECKING:
    from ..database import Database


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
        async with _store_errors():
            rows = await self._database.read(table.read(key))
        return rows[0].data if rows else None

    async def create(self, key: str, data: bytes, lifetime: int, user: str | None) -> None:
        """Keep a new session for ``lifetime`` seconds, under its user if it has one."""
        async with _store_errors():
            await self._database.write(table.create(key, data, lifetime, user))

    async def update(self, key: str, data: bytes, lifetime: int) -> bool:
        """Replace the data of a live session; ``False`` if it is gone, which it then stays."""
        async with _store_errors():
            return await self._database.write(table.update(key, data, lifetime)) > 0

    async def delete(self, key: str, user: str | None) -> None:
        """End a session, of its user if it has one; one that is gone already is no error."""
        async with _store_errors():
            await self._database.write(table.end(key))

    async def delete_user(self, user: str) -> None:
        """End every session of a user."""
        async with _store_errors():
            await self._database.write(table.end_all(user))

    async def delete_expired(self) -> int:
        """Remove what nobody can use any more; return how many."""
        count = 0
        async with _store_errors():
            while removed := await self._database.write(table.delete_expired()):
                count += removed
        return count

    async def ping(self) -> None:
        """Return if the database answers."""
        async with _store_errors():
            await self._database.ping()

    async def close(self) -> None:
        """Do nothing: the connections are the database's."""
