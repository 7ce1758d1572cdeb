"""How many requests are answered at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class TurnsMiddleware:
    """Lets a request in when it is its turn, if it has a thread of the server (`threads`)."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request (WSGI)."""
        if "threads" not in environ:
            return self.app(environ, start_response)
        with environ["threads"].turns:
            return self.app(environ, start_response)
