"""Refuse what another site or a wrong host asks for, and add the security headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import problem_response
from ..protection import HostCheck, is_foreign_write, security_headers

if TYPE_CHECKING:
    from ..config import Settings


class ProtectMiddleware:
    """400 for unknown hosts, 403 for writes that a foreign site started (`protection`)."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.hosts = HostCheck(settings.allowed_hosts)
        self.headers = [
            (name.encode(), value.encode()) for name, value in security_headers(settings).items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"].extend(item for item in self.headers if item[0] not in present)
            await send(message)

        headers = Headers(scope=scope)
        if not self.hosts.allows(scope["path"], headers.getlist("host")):
            answer = problem_response(scope, 400, "This service does not answer for that host.")
        elif is_foreign_write(
            scope["method"],
            has_cookie="cookie" in headers,
            fetch_site=headers.get("sec-fetch-site"),
            origin=headers.get("origin"),
            host=headers.get("host"),
        ):
            answer = problem_response(scope, 403, "Another site may not act for the user.")
        else:
            await self.app(scope, receive, send_with_headers)
            return
        await answer(scope, receive, send_with_headers)
