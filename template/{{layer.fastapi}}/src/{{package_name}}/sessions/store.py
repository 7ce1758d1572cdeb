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

    async def update(self, key: str, data: bytes, lifetime: int) -> bool:
        """Replace the data of a live session; ``False`` if it is gone, which it then stays."""

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
