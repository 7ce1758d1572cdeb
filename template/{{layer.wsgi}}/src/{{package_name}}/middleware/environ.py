"""Keeps the environment of the process out of the requests."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class EnvironMiddleware:
    """Remove what the server put beside the request, as CGI did: all of the process environment.

    Its secrets have no business where a request is shown or reported, and HTTP_PROXY would pass for
    a header of the client.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.inherited = list(os.environ.items())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request (WSGI)."""
        for name, value in self.inherited:
            if environ.get(name) == value:
                del environ[name]
        return self.app(environ, start_response)
