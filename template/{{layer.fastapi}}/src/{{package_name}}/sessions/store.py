"""What a session store can do."""

from __future__ import annotations

from typing import Protocol


class StoreError(Exception):
    """The store did not answer, or not in time."""


class Store(Protocol):
    """Keeps sessions by key. Every method raises `StoreError` when the store is down."""

    async def read(self, key: str) -> bytes | None:
        """Return the data of a live session, or ``None``."""

    async def create(self, key: str, data: bytes, lifetime: int, user: str | None) -> None:
        """Keep a new session for ``lifetime`` seconds, under its user if it has one."""

    async def update(
        self, key: str, loaded: bytes, data: bytes, lifetime: int | None, user: str | None
    ) -> bytes | None:
        """Replace the data of a live session if they still are what was loaded.

        Args:
            loaded: what the session had.
            data: what it shall have: no other write has the same bytes.
            lifetime: seconds from now on, or ``None`` to leave it as it is.
            user: whose session it is, if it is somebody's.

        Returns:
            ``data``, or what the store has instead: ``None`` if the session is gone, which it then
            stays.
        """

    async def rotate(
        self,
        old: str,
        owner: str | None,
        key: str,
        data: bytes,
        lifetime: int,
        user: str | None,
    ) -> None:
        """Keep a session under a new key, as `create` does, and end it under the old one.

        Args:
            owner: the user under whom the old one is kept.
        """

    async def delete(self, key: str, user: str | None) -> None:
        """End a session, of its user if it has one; one that is gone already is no error."""

    async def delete_user(self, user: str) -> None:
        """End every session of a user."""

    async def delete_expired(self) -> int:
        """Remove what nobody can use any more; return how many."""

    async def ping(self) -> None:
        """Return if the store answers."""

    async def close(self) -> None:
        """Let go of the connections."""
