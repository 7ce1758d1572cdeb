"""Who the client is, when the service stands behind a load balancer."""

from __future__ import annotations

from collections.abc import Sequence

from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ..client_network import unmapped


class ProxyMiddleware:
    """Take the client's address and scheme from a trusted proxy's headers, from no one else's.

    ``scope["peer"]`` keeps the address of whoever holds the connection.
    """

    def __init__(self, app: ASGIApp, trusted: Sequence[str]) -> None:
        self.app: ASGIApp = wrap_asgi_with_proxy_headers(app, list(trusted)) if trusted else app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        scope["peer"] = None
        if client := scope.get("client"):
            scope["peer"] = unmapped(client[0])
            scope["client"] = (scope["peer"], client[1])
        await self.app(scope, receive, send)
