"""Load a session when a request asks for it, and write it back if it changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import structlog
from fastapi import Response
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import Unavailable, problem_response
from .handle import SessionHandle
from .session import Session
from .store import StoreError
from .unsaved import STORE_DOWN, refusal

if TYPE_CHECKING:
    from ..config import Settings
    from .store import Store

log = structlog.get_logger(__name__)

ID = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 random bits in URL-safe base64


def cookie_name(production: bool) -> str:
    """Return the cookie's name; ``__Host-`` makes the browser insist on Secure and this host."""
    return "__Host-session" if production else "session"


class SessionMiddleware:
    """Offer ``scope["session_handle"]``; a request that does not use it costs no store call.

    A WebSocket can read its session. What it changes there is saved by `Session.save` alone.
    """

    def __init__(self, app: ASGIApp, store: Store, settings: Settings) -> None:
        self.app = app
        self.store = store
        self.settings = settings
        production = settings.environment == "production"
        self.cookie = cookie_name(production)
        self.flags = "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if production else "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        handle = SessionHandle(self.store, self.settings, self._session_id(scope))
        scope["session_handle"] = handle
        refused = False

        async def send_with_session(message: Message) -> None:
            nonlocal refused
            if refused:
                return
            if message["type"] == "http.response.start" and handle.loaded is not None:
                answer = await _save(handle, scope, message["status"])
                if answer is not None:
                    refused = True
                    self._finish(handle, answer.headers)
                    await answer(scope, receive, send)
                    return
                self._finish(handle, MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, send_with_session)

    def _finish(self, handle: SessionHandle, headers: MutableHeaders) -> None:
        headers.add_vary_header("Cookie")
        headers["Cache-Control"] = "private, no-store"
        if handle.cookie is not None:
            age = handle.lifetime() if handle.cookie else 0
            value = f"{self.cookie}={handle.cookie}; Max-Age={age}{self.flags}"
            headers.append("Set-Cookie", value)

    def _session_id(self, scope: Scope) -> str | None:
        for name, value in scope["headers"]:
            if name == b"cookie":
                session_id = cookie_parser(value.decode("latin-1")).get(self.cookie, "")
                if ID.fullmatch(session_id):
                    return session_id
        return None


async def _save(handle: SessionHandle, scope: Scope, status: int) -> Response | None:
    """Save the session; return an answer in the place of the route's if that must not stand.

    What the route did is done. Only a success that promises changes of the session is withdrawn.
    """
    try:
        await handle.save()
    except StoreError as error:
        log.warning("session not saved", status=status, error=repr(error))
        changed = handle.loaded is not None and handle.loaded.modified
        if changed and status < 400:
            return problem_response(scope, 503, *refusal(scope["method"], status))
    return None


async def load_session(request: HTTPConnection) -> Session:
    """Give a route its visitor's session (a FastAPI dependency).

    Raises:
        Unavailable: when the store is down.
    """
    handle: SessionHandle = request.scope["session_handle"]
    try:
        return await handle.load()
    except StoreError as error:
        log.error("session not loaded", exc_info=error)
        raise Unavailable(STORE_DOWN) from error


def has_session_cookie(request: HTTPConnection) -> bool:
    """Tell whether the visitor has a session, without looking it up."""
    handle: SessionHandle = request.scope["session_handle"]
    return handle.session_id is not None
