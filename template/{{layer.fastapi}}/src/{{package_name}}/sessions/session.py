"""One visitor's session, as a request sees it."""

from __future__ import annotations

import time
from typing import Any


class Session:
    """Values that stay with a visitor; what is not changed is not written.

    Attributes:
        user: whom the session belongs to since it was logged in, or ``None``.
        created: when it began or was logged in (seconds since the epoch); the absolute lifetime
            counts from here.
    """

    def __init__(
        self, data: dict[str, Any], *, user: str | None, created: int, renewed: int
    ) -> None:
        self._data = data
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

    def dump(self) -> dict[str, Any]:
        """Return what the store keeps."""
        return {
            "data": self._data,
            "user": self.user,
            "created": self.created,
            "renewed": self.renewed,
        }
