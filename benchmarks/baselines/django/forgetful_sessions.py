"""Sessions in a dictionary (a ``SESSION_ENGINE``)."""

from __future__ import annotations

from bench.sessions.store import Store

_data: dict[str, str] = {}


class SessionStore(Store):
    """The service's own sessions, kept in this process."""

    down = ()

    def read(self, key: str) -> str | None:
        """Return what is kept."""
        return _data.get(key)

    def ping(self) -> None:
        """Answer."""

    def insert(self, key: str, data: str, lifetime: int, *, anonymous: bool) -> None:
        """Keep something new."""
        _data[key] = data

    def replace(
        self, key: str, loaded: str, data: str, lifetime: int | None, *, anonymous: bool
    ) -> str:
        """Replace what is kept."""
        _data[key] = data
        return data

    def rotate(self, old: str, key: str, data: str, lifetime: int, *, anonymous: bool) -> None:
        """Keep something under a new key."""
        _data.pop(old, None)
        _data[key] = data

    def remove(self, key: str) -> None:
        """Keep it no longer."""
        _data.pop(key, None)
