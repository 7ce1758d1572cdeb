"""The outermost layer: a request id, metrics and one log line for what was slow or failed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import structlog

from .. import statement_count
from ..request_id import RequestIds
from ..request_log import UNMATCHED, RequestLog
from ..saturation import in_flight
from ..wsgi_problem import request_path, respond_problem

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from ..config import Settings
    from ..threads import Threads

log = structlog.get_logger(__name__)

MAX_WHOLE = 1024 * 1024  # bytes; a longer answer is handed to the server piece by piece


class ObserveMiddleware:
    """Give each request an id, and tell what became of it.

    The id is in ``environ["request_id"]``, in every log line of the request and in the answer.
    """

    def __init__(
        self, app: WSGIApplication, settings: Settings, headers: Mapping[str, str]
    ) -> None:
        self.app = app
        self.log = RequestLog(settings)
        self.ids = RequestIds(settings.trusted_proxies)
        self.headers = headers  # of the answers that are made here

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request (WSGI)."""
        request_id = self.ids.choose(environ["peer"], environ.get("HTTP_X_REQUEST_ID"))
        environ["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        answer = Answer(environ, start_response, self.log)
        try:
            body = self.app(environ, answer.start)
            if not isinstance(body, list):
                if not answer.is_whole():
                    return Stream(body, answer, environ.get("threads"))
                body = _collect(body)
        except BaseException as error:  # in a thread of the server even an exit is an error
            # A crash of a view was answered, logged and seen by Sentry further in.
            log.error("unhandled exception", exc_info=error)
            detail = "The service failed to answer this request."
            body = respond_problem(environ, answer.start, 500, detail, self.headers)
        answer.end()
        return body


class Answer:
    """What is known of one request and its answer."""

    def __init__(
        self, environ: WSGIEnvironment, start_response: StartResponse, log: RequestLog
    ) -> None:
        self._environ = environ
        self._start_response = start_response
        self._log = log
        self._status = 0
        self._length: int | None = None
        self._statements = statement_count.start()
        self._started = time.perf_counter()
        in_flight.add(self)

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        """Note the status, and add the id (a WSGI ``start_response``)."""
        self._status = int(status[:3])
        lengths = [int(value) for name, value in headers if name.lower() == "content-length"]
        self._length = lengths[0] if lengths else None
        headers = [*headers, ("X-Request-ID", self._environ["request_id"])]
        return self._start_response(status, headers, exc_info)

    def is_whole(self) -> bool:
        """Tell whether the body is at hand and short; the server sends it best in one piece."""
        if self._status in (204, 304):
            return True
        return self._length is not None and self._length <= MAX_WHOLE

    def end(self) -> None:
        """Tell what became of the request."""
        in_flight.discard(self)
        environ = self._environ
        self._log.tell(
            environ["REQUEST_METHOD"],
            environ.get("route", UNMATCHED),
            request_path(environ),
            self._status,
            time.perf_counter() - self._started,
            self._statements.value,
        )


class Stream:
    """A body that is made while it is sent; the request ends with it.

    Its thread waits for the client: ``threads``, if they are the server's, count it so.
    """

    def __init__(self, body: Iterable[bytes], answer: Answer, threads: Threads | None) -> None:
        self._threads = threads if threads and threads.begin_to_wait() else None
        self._body = body
        self._pieces = iter(body)
        self._answer = answer

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> bytes:
        """Return the next piece; an error ends the body, since it is too late to tell."""
        try:
            return next(self._pieces)
        except StopIteration:
            raise
        except BaseException as error:
            log.error("unhandled exception", exc_info=error)
            raise StopIteration from error

    def close(self) -> None:
        """End the request: the server calls this in any case."""
        try:
            _close(self._body)
        finally:
            self._answer.end()
            if self._threads:
                self._threads.end_to_wait()


def _collect(body: Iterable[bytes]) -> list[bytes]:
    try:
        return list(body)
    finally:
        _close(body)


def _close(body: Iterable[bytes]) -> None:
    if hasattr(body, "close"):
        body.close()
