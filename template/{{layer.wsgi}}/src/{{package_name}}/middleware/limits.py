"""Bounds on the body of a request."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from ..bodies import TooManyBodies
from ..wsgi_problem import respond_problem

if TYPE_CHECKING:
    from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

    from ..bodies import Bodies


class LimitsMiddleware:
    """Refuse a body that is too large, ends too early or comes too slowly.

    413 for a body over ``max_body`` bytes, 400 for one that ends before its announced length, 408
    for one that does not come in time (`bodies`). The body is read here as a whole, so that those
    further in get a plain stream and its true length, also when it came in chunks: the server's own
    stream has neither.
    """

    def __init__(self, app: WSGIApplication, max_body: int) -> None:
        self.app = app
        self.max_body = max_body

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request (WSGI)."""
        announced = environ.get("CONTENT_LENGTH")
        if not announced and "HTTP_TRANSFER_ENCODING" not in environ:
            return self.app(environ, start_response)
        if announced and int(announced) > self.max_body:
            return self._too_large(environ, start_response)
        try:
            body = self._read(environ, int(announced) if announced else None)
        except TimeoutError:
            detail = "The body did not come in time."
            return respond_problem(environ, start_response, 408, detail, {"Connection": "close"})
        except TooManyBodies:
            detail = "Too many clients are sending at the moment."
            headers = {"Connection": "close", "Retry-After": "1"}
            return respond_problem(environ, start_response, 503, detail, headers)
        if len(body) > self.max_body:
            return self._too_large(environ, start_response)
        if announced and len(body) < int(announced):
            detail = "The body ended before its announced length."
            return respond_problem(environ, start_response, 400, detail)
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return self.app(environ, start_response)

    def _read(self, environ: WSGIEnvironment, announced: int | None) -> bytes:
        stream: InputStream = environ["wsgi.input"]
        bodies: Bodies | None = environ.get("bodies")
        if bodies is None:
            return stream.read(self.max_body + 1)
        return bodies.read(stream, self.max_body + 1, announced, environ["peer"])

    def _too_large(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        detail = f"The body may have at most {self.max_body} bytes."
        return respond_problem(environ, start_response, 413, detail, {"Connection": "close"})
