"""WebSockets: their handshake passes what every request passes, as far as that has a meaning."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import structlog
from fastapi import Response, WebSocketDisconnect
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .. import statement_count
from ..errors import problem_response
from ..protection import HostCheck, is_foreign_write, security_headers
from ..request_id import RequestIds
from ..request_log import RequestLog
from .observe import route_pattern

if TYPE_CHECKING:
    from ..config import Settings

log = structlog.get_logger(__name__)

INTERNAL_ERROR = 1011  # the code of a close frame (RFC 6455, section 7.4.1)


class WebSocketMiddleware:
    """Check the host and origin of a handshake, give it a request id, and log what became of it.

    A browser sends its cookies with a handshake that another site starts, and lets that site read
    the messages. So a handshake with a cookie must come from this site.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.log = RequestLog(settings)
        self.ids = RequestIds(settings.trusted_proxies)
        self.hosts = HostCheck(settings.allowed_hosts)
        self.headers = security_headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket (ASGI)."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = self.ids.choose(scope.get("peer"), headers.get("x-request-id"))
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        statements = statement_count.start()
        started = time.perf_counter()
        status = 0

        async def noting_send(message: Message) -> None:
            nonlocal status
            if not status:
                if message["type"] == "websocket.close":
                    answer = problem_response(scope, 403, "This WebSocket is refused.")
                    await answer(scope, receive, noting_send)
                    return
                status = message.get("status", 101)
                if message["type"] == "websocket.http.response.start":
                    self._add_headers(message, request_id)
                seconds = time.perf_counter() - started  # of the handshake
                pattern, path = route_pattern(scope), scope["path"]
                self.log.tell("GET", pattern, path, status, seconds, statements.value)
            await send(message)

        try:
            if refusal := self._refusal(scope, headers):
                await refusal(scope, receive, noting_send)
            else:
                await self.app(scope, receive, noting_send)
        except WebSocketDisconnect:
            pass  # the client is gone, or this worker stops
        except Exception as error:
            log.error("unhandled exception", exc_info=error)
            if status:
                with contextlib.suppress(Exception):  # closed already
                    await send({"type": "websocket.close", "code": INTERNAL_ERROR})
            else:
                answer = problem_response(scope, 500, "The service failed to answer this request.")
                await answer(scope, receive, noting_send)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        if not self.hosts.allows(scope["path"], headers.getlist("host")):
            return problem_response(scope, 400, "This service does not answer for that host.")
        if is_foreign_write(
            "WEBSOCKET",
            has_cookie="cookie" in headers,
            fetch_site=headers.get("sec-fetch-site"),
            origin=headers.get("origin"),
            host=headers.get("host"),
        ):
            return problem_response(scope, 403, "Another site may not act for the user.")
        return None

    def _add_headers(self, message: Message, request_id: str) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in self.headers.items():
            headers.setdefault(name, value)
        headers["x-request-id"] = request_id
