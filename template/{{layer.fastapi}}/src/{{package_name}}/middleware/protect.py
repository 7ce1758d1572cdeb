"""What a request must not be, and what every answer must carry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import problem_response

if TYPE_CHECKING:
    from ..settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OPERATIONS = frozenset({"/healthz", "/metrics", "/readyz"})  # asked for by address, not by name
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.I)

HEADERS = {
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}


class ProtectMiddleware:
    """Refuse unknown hosts and foreign sites' writes; add the security headers.

    Cross-site request forgery: a browser sends the session cookie with a request that another
    site started, and says so in ``Sec-Fetch-Site`` and ``Origin``. Such a write gets 403.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in settings.allowed_hosts)
        self.any_host = "*" in self.hosts
        self.headers = dict(HEADERS)
        if settings.environment == "production":
            self.headers[b"strict-transport-security"] = b"max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"].extend(
                    item for item in self.headers.items() if item[0] not in present
                )
            await send(message)

        headers = Headers(scope=scope)
        if scope["path"] not in OPERATIONS and not self._host_allowed(headers.getlist("host")):
            answer = problem_response(scope, 400, "This service does not answer for that host.")
        elif scope["method"] not in SAFE_METHODS and self._foreign(headers):
            answer = problem_response(scope, 403, "Another site may not act for the user.")
        else:
            await self.app(scope, receive, send_with_headers)
            return
        await answer(scope, receive, send_with_headers)

    def _host_allowed(self, hosts: list[str]) -> bool:
        if self.any_host:
            return True
        match = HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        return match is not None and match[1].lower() in self.hosts

    @staticmethod
    def _foreign(headers: Headers) -> bool:
        if "cookie" not in headers:
            return False
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return True
        origin = headers.get("origin")
        return origin is not None and origin.partition("://")[2] != headers.get("host")
