"""Who the client is, when the service stands behind a load balancer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from ..client_network import unmapped

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class ProxyMiddleware:
    """Take the client's address and scheme from a trusted proxy's headers, from no one else's.

    WSGI cannot tell ``X_Forwarded_For`` from ``X-Forwarded-For``: the proxy must drop headers with
    underscores, as the one in ``deploy/`` does.
    """

    def __init__(self, app: WSGIApplication, trusted: Sequence[str]) -> None:
        self.app: WSGIApplication = app
        if trusted:
            self.app = wrap_wsgi_with_proxy_headers(app, list(trusted))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request (WSGI)."""
        environ["peer"] = environ["REMOTE_ADDR"] = unmapped(environ.get("REMOTE_ADDR", ""))
        return self.app(environ, start_response)
