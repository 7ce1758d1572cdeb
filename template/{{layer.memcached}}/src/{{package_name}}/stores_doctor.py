"""What the doctor asks about the cache's server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .findings import Finding

if TYPE_CHECKING:
    from .config import Settings

DEFAULT_PORT = 11211


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what was found out about sessions and cache."""
    yield Finding("sessions in memory", True, "sessions are in the database")
    yield Finding(
        "no cache", bool(settings.cache_url), "each process caches for itself: set CACHE_URL"
    )
    yield Finding(
        "no cache",
        settings.cache_timeout <= 0.4,
        "an outage of the cache delays answers by over half a second: lower CACHE_TIMEOUT",
    )
    if settings.cache_url:
        silence = _silence(settings.cache_url)
        yield Finding("no cache", not silence, f"the cache's server does not answer: {silence}")


def _silence(url: str) -> str:
    """Return why a server does not answer; nothing if it does."""
    parts = urlsplit(url)
    address = parts.hostname or "", parts.port or DEFAULT_PORT
    try:
        with socket.create_connection(address, timeout=1.0) as connection:
            connection.sendall(b"version\r\n")
            answer = connection.recv(16)
    except OSError as error:
        return str(error)
    return "" if answer.startswith(b"VERSION ") else "it is no memcached"
