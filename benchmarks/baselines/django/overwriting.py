"""The service with sessions that each request overwrites, whatever another one has written."""

from __future__ import annotations

from wsgiref.types import WSGIApplication

from bench import startup
from bench.app import create_app as create_service

LIFETIME = 3600  # seconds


def create_app() -> WSGIApplication:
    """Build the service (an application factory)."""
    startup.start_django()
    from bench.sessions import server

    def overwrite(
        _self: server.SessionStore,
        key: str,
        _loaded: str,
        data: str,
        _lifetime: int | None,
        *,
        anonymous: bool,
    ) -> str | None:
        value = server._json.dumps(data)
        kept = server._client().set(server._name(key), value, ex=LIFETIME, xx=True)
        return data if kept else None

    server.SessionStore.replace = overwrite
    return create_service()
