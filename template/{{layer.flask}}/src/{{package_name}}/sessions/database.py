"""Sessions in a table of the database."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from . import table
from .store import StoreError

if TYPE_CHECKING:
    from ..database import Database


log = structlog.get_logger(__name__)


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(type(error).__name__) from error


class DatabaseStore:
    """One statement per call, each committed by itself."""

    def __init__(self, database: Database, anonymous: int) -> None:
        self._database = database
        self._anonymous = anonymous  # how many sessions of nobody are kept

    def read(self, key: str) -> bytes | None:
        """Return the data of a live session, or ``None``."""
        with _store_errors():
            rows = self._database.read(table.read(key))
        return rows[0].data if rows else None

    def create(self, key: str, data: bytes, lifetime: int, user: str | None) -> None:
        """Keep a new session for ``lifetime`` seconds, under its user if it has one."""
        with _store_errors():
            self._database.write(table.create(key, data, lifetime, user))
        if user is None and random.random() * self._anonymous < table.OVERSHOOT:
            self._make_room()

    def update(
        self, key: str, loaded: bytes, data: bytes, lifetime: int | None, _user: str | None
    ) -> bytes | None:
        """Replace the data of a live session if they are as loaded; return what it has then."""
        with _store_errors():
            if self._database.write(table.update(key, loaded, data, lifetime)):
                return data
        return self.read(key)

    def rotate(
        self,
        old: str,
        _owner: str | None,
        key: str,
        data: bytes,
        lifetime: int,
        user: str | None,
    ) -> None:
        """Give a session a new key: one statement, so that there never are two."""
        with _store_errors():
            if self._database.write(table.rotate(old, key, data, lifetime, user)):
                return
        self.create(key, data, lifetime, user)

    def delete(self, key: str, user: str | None) -> None:
        """End a session, of its user if it has one; one that is gone already is no error."""
        with _store_errors():
            self._database.write(table.end(key))

    def delete_user(self, user: str) -> None:
        """End every session of a user."""
        with _store_errors():
            self._database.write(table.end_all(user))

    def delete_expired(self) -> int:
        """Remove what nobody can use any more; return how many."""
        count = 0
        with _store_errors():
            while removed := self._database.write(table.delete_expired()):
                count += removed
        return count + self._remove_surplus()

    def _make_room(self) -> None:
        # The session that led here is kept: it must not fail for the sake of others.
        try:
            self._remove_surplus()
        except StoreError as error:
            log.warning("anonymous sessions not removed", error=repr(error))

    def _remove_surplus(self) -> int:
        count = 0
        with _store_errors():
            rows = self._database.read(table.count_anonymous())
            surplus = rows[0].number - self._anonymous
            while surplus > count:
                removed = self._database.write(table.delete_anonymous(surplus - count))
                if not removed:  # others are at it
                    break
                count += removed
        return count

    def ping(self) -> None:
        """Return if the database answers."""
        with _store_errors():
            self._database.ping()

    def close(self) -> None:
        """Do nothing: the connections are the database's."""
