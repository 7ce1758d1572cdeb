"""What the cache asks of a cache server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

MAX_COMMANDS = 32  # of one process at once; its other threads wait for their turn


class Store(Protocol):
    """Bytes by key. Any method may raise anything: the caller treats it as a failed server.

    The threads of a process share one store. It bounds each command itself, by the timeouts of its
    sockets. Keys are printable ASCII without spaces, at most 250 bytes; lifetimes are in seconds. A
    server may drop what it holds at any time, and may let it expire up to a second early.
    """

    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return the value of each key in one round trip, None where there is none."""

    def set_many(self, values: Mapping[str, bytes], ttl: float) -> None:
        """Write the values in one round trip; one that is too large for the server is left out."""

    def add(self, key: str, value: bytes, ttl: float) -> bool:
        """Write the value if the key has none; tell whether it was written."""

    def delete(self, key: str) -> None:
        """Remove the key, if it is there."""

    def ping(self) -> None:
        """Return if the server answers."""

    def close(self) -> None:
        """Close every connection; no error if the server is gone."""
