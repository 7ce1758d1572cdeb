"""Django's cache on memcached."""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.cache.backends.memcached import PyMemcacheCache
from pymemcache import Client  # type: ignore[import-untyped]

from . import local
from .serialization import Serializer

if TYPE_CHECKING:
    from ..config.stores import StoreSettings

DEFAULT_PORT = 11211
MAX_VALUE = 1024 * 1024 - 2048  # bytes; the server's limit for an item, less its own share


class Serde:
    """The serializer in the client's terms."""

    def __init__(self) -> None:
        self._serializer = Serializer()

    def serialize(self, _key: str, value: Any) -> tuple[bytes, int]:
        """Write a value."""
        return self._serializer.dumps(value), 0

    def deserialize(self, _key: str, data: bytes, _flags: int) -> Any:
        """Read what `serialize` wrote."""
        return self._serializer.loads(data)


class ThreadClient(Client):  # type: ignore[misc]
    """The connection of one thread, which ends with it."""

    def __del__(self) -> None:
        """Close the connection."""
        self.close()


class ServerCache(PyMemcacheCache):
    """Django's own, for one server, whose connections outlive the request."""

    def __init__(self, server: list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        # Not Django's class for several servers: it takes one that failed for dead, for a minute.
        self._client = ThreadClient(server[0], **params["OPTIONS"])

    @property
    def _cache(self) -> ThreadClient:
        """The client; it connects anew if the server has closed the connection meanwhile."""
        if self._client.sock is not None and _has_ended(self._client.sock):
            self._client.close()
        return self._client

    def set_many(self, data: dict[str, Any], *args: Any, **options: Any) -> list[str]:
        """Write several values, but none that the server is sure to refuse."""
        fitting = {
            key: value
            for key, value in data.items()
            if not isinstance(value, bytes) or len(value) <= MAX_VALUE
        }
        return super().set_many(fitting, *args, **options)

    def close(self, **_signal: Any) -> None:
        """Do nothing: a new connection for every request would cost more than its commands."""


def _has_ended(connection: socket.socket) -> bool:
    """Tell whether the server has closed the connection, or said what nobody asked for."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def caches(settings: StoreSettings) -> dict[str, dict[str, Any]]:
    """Return Django's ``CACHES``."""
    if not settings.cache_url:
        return {"default": local.CONFIGURATION}
    url = urlsplit(settings.cache_url)
    return {
        "default": {
            "BACKEND": f"{__name__}.{ServerCache.__name__}",
            "LOCATION": [f"{url.hostname or '127.0.0.1'}:{url.port or DEFAULT_PORT}"],
            "KEY_PREFIX": __name__.partition(".")[0],
            "OPTIONS": {
                "serde": Serde(),
                "connect_timeout": settings.cache_timeout,
                "timeout": settings.cache_timeout,
                "no_delay": True,
                "default_noreply": False,  # else errors go unnoticed
            },
        }
    }
