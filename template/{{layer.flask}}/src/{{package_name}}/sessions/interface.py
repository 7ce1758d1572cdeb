"""How Flask gets at a session, and the cookie that names it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, override

import structlog
from flask import Flask, Request, Response, current_app, request
from flask.sessions import SessionInterface, SessionMixin

from ..errors import problem_response
from .session import ServerSession
from .store import StoreError
from .unsaved import refusal

if TYPE_CHECKING:
    from ..config import Settings
    from .store import Store

log = structlog.get_logger(__name__)

ID = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 random bits in URL-safe base64


def cookie_name(production: bool) -> str:
    """Return the cookie's name; ``__Host-`` makes the browser insist on Secure and this host."""
    return "__Host-session" if production else "session"


class ServerSessionInterface(SessionInterface):
    """Offers ``flask.session``; a request that does not use it costs no store call."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._secure = settings.environment == "production"
        self._cookie = cookie_name(self._secure)

    @override
    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """Return the session of a request, not loaded yet."""
        return ServerSession(self._store, self._settings, self.session_id(request))

    @override
    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the session back if it changed, and keep caches from what depends on it."""
        if not isinstance(session, ServerSession) or not session.loaded:
            return
        try:
            session.write_back()
        except StoreError as error:
            # What the route did is done. Only a success that promises changes is withdrawn.
            log.warning("session not saved", status=response.status_code, error=repr(error))
            if session.modified and response.status_code < 400:
                refused = problem_response(503, *refusal(request.method, response.status_code))
                response.status, response.headers = refused.status, refused.headers
                response.set_data(refused.get_data())
        response.vary.add("Cookie")
        response.headers["Cache-Control"] = "private, no-store"
        if session.cookie is not None:
            response.set_cookie(
                self._cookie,
                session.cookie,
                max_age=session.lifetime() if session.cookie else 0,
                httponly=True,
                samesite="Lax",
                secure=self._secure,
            )

    def session_id(self, request: Request) -> str | None:
        """Return what the cookie of a request holds, if it can be an id at all."""
        if "HTTP_COOKIE" in request.environ:
            value = request.cookies.get(self._cookie, "")
            if ID.fullmatch(value):
                return value
        return None


def has_session_cookie() -> bool:
    """Tell whether the visitor has a session, without looking it up."""
    if "HTTP_COOKIE" not in request.environ:
        return False
    interface = current_app.session_interface
    return isinstance(interface, ServerSessionInterface) and bool(interface.session_id(request))
