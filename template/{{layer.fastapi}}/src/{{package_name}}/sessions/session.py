"""One visitor's session, as a request sees it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from .changes import Changes


class Session:
    """Values that stay with a visitor; what is not changed is not written.

    Requests of one session at the same time keep each other's changes: those of different names,
    and all that `increment` adds. When two set the same name, the last one wins.

    Attributes:
        user: whom the session belongs to since it was logged in, or ``None``.
        created: when it began or was logged in (seconds since the epoch); the absolute lifetime
            counts from here.
        renewed: when its idle timeout last began.
        modified: whether the request has changed it since it was loaded or saved.
    """

    def __init__(
        self,
        data: dict[str, Any],
        *,
        user: str | None,
        created: int,
        renewed: int,
        save: Callable[[], Awaitable[None]],
    ) -> None:
        self._data = data
        self._added: dict[str, int] = {}
        self._save = save
        self.user = user
        self.created = created
        self.renewed = renewed
        self.modified = False
        self.rotated = False
        self.ended = False

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, or ``default``."""
        return self._data.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self._data[name]

    def __setitem__(self, name: str, value: Any) -> None:
        """Keep a value that JSON can express."""
        self._data[name] = value
        self.modified = True

    def __delitem__(self, name: str) -> None:
        del self._data[name]
        self.modified = True

    def increment(self, name: str, amount: int = 1) -> int:
        """Add to a counter, which begins at 0; return its value.

        Requests at the same time all count. Those that must not get the same number call `save`
        before they read it.
        """
        self._data[name] = self._data.get(name, 0) + amount
        self._added[name] = self._added.get(name, 0) + amount
        self.modified = True
        return int(self._data[name])

    async def save(self) -> None:
        """Write the changes now, for a request that must not go on without.

        Without this call they are written after the route, whose work is done by then.

        Raises:
            Unavailable: when the store is down.
        """
        await self._save()

    def log_in(self, user: str) -> None:
        """Make the session the user's, under a new id: one that was planted is worth nothing.

        The absolute lifetime begins anew. What was kept for another user is dropped.
        """
        if self.user not in (None, user):
            self._data.clear()
        self.user, self.created = user, int(time.time())
        self.modified = self.rotated = True

    def end(self) -> None:
        """Forget everything: the id is dead on every replica."""
        self._data.clear()
        self.user = None
        self.modified = self.ended = True

    def dump(self, write: str) -> bytes:
        """Return what the store keeps.

        Args:
            write: names this write, which tells it from all others of the same values.
        """
        return orjson.dumps(
            {
                "data": self._data,
                "user": self.user,
                "created": self.created,
                "renewed": self.renewed,
                "write": write,
            }
        )

    def rebase(self, loaded: bytes, held: bytes) -> None:
        """Make the changes of this request to what another one has written.

        Args:
            loaded: what the store had when the values were loaded.
            held: what it has now.
        """
        changes = Changes.between(orjson.loads(loaded)["data"], self._data, self._added)
        record = orjson.loads(held)
        changes.apply(record["data"])
        self._data = record["data"]
        self.renewed = max(self.renewed, record["renewed"])

    def saved(self) -> None:
        """Note that the store has the values as they are."""
        self._added.clear()
        self.modified = self.rotated = False
