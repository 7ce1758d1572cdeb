"""What the cache asks of a cache server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

MAX_COMMANDS = 32  # of one process at once; its other callers wait for their turn


class Unwritable(Exception):
    """The server answers, but takes no writes: what it holds may miss an invalidation."""


class Store(Protocol):
    """Bytes by key. Any method may raise anything: the caller treats it as a failed server.

    Keys are printable ASCII without spaces, at most 250 bytes; lifetimes are in seconds. A server
    may drop what it holds at any time, and may let it expire up to a second early.
    """

    timeout: float  # seconds that one command may take
    server: str  # which server the newest connection reached; the same text for all if unknown

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return the value of each key in one round trip, None where there is none.

        Raises:
            Unwritable: the server would not take a write now.
        """

    async def set_many(self, values: Mapping[str, bytes], ttl: float) -> None:
        """Write the values in one round trip; one that is too large for the server is left out."""

    async def add(self, key: str, value: bytes, ttl: float) -> bool:
        """Write the value if the key has none; tell whether it was written."""

    async def delete_many(self, keys: Sequence[str]) -> None:
        """Remove the keys that are there; this needs no memory, so that a full server does it."""

    async def ping(self) -> None:
        """Return if the server answers and takes writes."""

    async def close(self) -> None:
        """Close every connection; no error if the server is gone."""
