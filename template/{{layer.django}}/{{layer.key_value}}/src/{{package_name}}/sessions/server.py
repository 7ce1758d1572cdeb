"""Sessions in a key-value server of their own (a ``SESSION_ENGINE``).

The server must not evict, and should append to disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.core.cache import caches
from redis.exceptions import RedisError

from .store import Store

if TYPE_CHECKING:
    from ..cache.backend import ServerCache

ALIAS = "sessions"  # in CACHES


class SessionStore(Store):
    """One command per operation."""

    down = (RedisError, OSError)

    def read(self, key: str) -> str | None:
        """Return what is kept, unless it has expired."""
        return cast("str | None", _server().get(key))

    def insert(self, key: str, data: str, lifetime: int) -> None:
        """Keep something new for ``lifetime`` seconds."""
        _server().set(key, data, lifetime)

    def replace(self, key: str, data: str, lifetime: int) -> bool:
        """Replace what is kept; ``False`` if it is gone, which it then stays."""
        return _server().replace(key, data, lifetime)

    def remove(self, key: str) -> None:
        """Keep it no longer; it may be gone already."""
        _server().delete(key)

    @classmethod
    def clear_expired(cls) -> None:
        """Do nothing: the server forgets by itself."""


def _server() -> ServerCache:
    return cast("ServerCache", caches[ALIAS])
