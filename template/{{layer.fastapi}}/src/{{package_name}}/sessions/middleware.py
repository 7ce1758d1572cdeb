"""Load a session when a request asks for it, and write it back if it changed."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from typing import TYPE_CHECKING

import orjson
import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..config.sessions import ANONYMOUS_LIFETIME
from ..errors import Unavailable, problem_response
from .session import Session
from .store import StoreError

if TYPE_CHECKING:
    from ..config import Settings
    from .store import Store

log = structlog.get_logger(__name__)

ID = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 random bits in URL-safe base64
STORE_DOWN = "Sessions are not available."


def cookie_name(production: bool) -> str:
    """Return the cookie's name; ``__Host-`` makes the browser insist on Secure and this host."""
    return "__Host-session" if production else "session"


class SessionHandle:
    """The session of one request, not loaded until somebody asks for it."""

    def __init__(self, store: Store, settings: Settings, session_id: str | None) -> None:
        self.store = store
        self.session_id = session_id
        self.loaded: Session | None = None
        self._owner: str | None = None  # the user whose session the store has
        self._secret = settings.secret_key.get_secret_value().encode()
        self._lifetime = settings.session_lifetime
        self._absolute = settings.session_absolute_lifetime

    async def load(self) -> Session:
        """Return the session; an id that is unknown or expired is never adopted.

        Raises:
            StoreError: when the store is down.
        """
        if self.loaded is None:
            self.loaded = await self._read() or self._new()
        return self.loaded

    async def save(self) -> str | None:
        """Write what changed; return the value that the cookie must take on, or ``None``.

        An empty value asks for the cookie's removal.
        """
        session = self.loaded
        if session is None or not session.modified:
            return None
        now = int(time.time())
        session.renewed = now
        old = self.session_id
        if session.ended:
            if old:
                await self.store.delete(self._key(old), self._owner)
            return ""
        lifetime = self.lifetime(session, now)
        data = orjson.dumps(session.dump())
        if old and not session.rotated:
            # A session that was ended meanwhile stays so: only a live one is replaced. The browser
            # may have a newer id by now, from a login: it keeps what it has.
            alive = await self.store.update(self._key(old), data, lifetime)
            return old if alive else None
        self.session_id = secrets.token_urlsafe(32)
        await self.store.create(self._key(self.session_id), data, lifetime, session.user)
        if old:
            await self.store.delete(self._key(old), self._owner)
        return self.session_id

    def lifetime(self, session: Session, now: int) -> int:
        """Return how many seconds the session has, if nobody comes back."""
        return max(1, min(self._rolling(session), session.created + self._absolute - now))

    async def _read(self) -> Session | None:
        if self.session_id is None:
            return None
        raw = await self.store.read(self._key(self.session_id))
        now = int(time.time())
        record = orjson.loads(raw) if raw else None
        if record is None or record["created"] + self._absolute <= now:
            self.session_id = None
            return None
        self._owner = record["user"]
        session = Session(
            record["data"],
            user=record["user"],
            created=record["created"],
            renewed=record["renewed"],
        )
        # Rolling expiry without a write per request: renewed in the second half of its life.
        session.modified = now - session.renewed > self._rolling(session) / 2
        return session

    def _rolling(self, session: Session) -> int:
        return self._lifetime if session.user else min(self._lifetime, ANONYMOUS_LIFETIME)

    def _new(self) -> Session:
        now = int(time.time())
        return Session({}, user=None, created=now, renewed=now)

    def _key(self, session_id: str) -> str:
        # Keyed, so that whoever reads the store can neither use nor make an id.
        return hmac.new(self._secret, session_id.encode(), hashlib.sha256).hexdigest()


class SessionMiddleware:
    """Offer ``scope["session_handle"]``; a request that does not use it costs no store call.

    A WebSocket can read its session. What it changes there is not saved.
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
                try:
                    cookie = await handle.save()
                except StoreError as error:
                    log.error("session not saved", exc_info=error)
                    refused = True
                    answer = problem_response(scope, 503, STORE_DOWN, {"Retry-After": "1"})
                    await answer(scope, receive, send)
                    return
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Cookie")
                headers["Cache-Control"] = "private, no-store"
                if cookie is not None:
                    age = handle.lifetime(handle.loaded, int(time.time())) if cookie else 0
                    headers.append(
                        "Set-Cookie", f"{self.cookie}={cookie}; Max-Age={age}{self.flags}"
                    )
            await send(message)

        await self.app(scope, receive, send_with_session)

    def _session_id(self, scope: Scope) -> str | None:
        for name, value in scope["headers"]:
            if name == b"cookie":
                session_id = cookie_parser(value.decode("latin-1")).get(self.cookie, "")
                if ID.fullmatch(session_id):
                    return session_id
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
