"""The service with sessions that each request overwrites, whatever another one has written."""

from __future__ import annotations

from bench.app import Service
from bench.app import create_app as create_service
from bench.sessions.server import ServerStore

LIFETIME = 3600  # seconds


async def _overwrite(
    self: ServerStore,
    key: str,
    _loaded: bytes,
    data: bytes,
    _lifetime: int | None,
    _user: str | None,
) -> bytes | None:
    kept = await self._redis.set(self._session(key), data, ex=LIFETIME, xx=True)
    return data if kept else None


def create_app() -> Service:
    """Build the service (an application factory)."""
    ServerStore.update = _overwrite
    return create_service()
