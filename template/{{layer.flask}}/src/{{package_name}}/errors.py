"""One place for errors: whatever goes wrong leaves as a problem document (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, Response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    ServiceUnavailable,
    UnprocessableEntity,
)

from .database.server import is_outage
from .problem import MEDIA_TYPE, problem, problem_headers
from .wsgi_problem import path_bytes

log = structlog.get_logger(__name__)

RETRY_AFTER = 1  # seconds; what a client should wait before it tries a busy service again


class Unavailable(ServiceUnavailable):
    """503: something the request needs is down or full; trying again later may help."""

    def __init__(self, detail: str, *, retry_after: int = RETRY_AFTER) -> None:
        super().__init__(detail, retry_after=retry_after)


class InvalidRequest(UnprocessableEntity):
    """422: the request is well-formed, but not valid.

    Each fault tells the place and what is wrong there. It must not repeat what was sent, which may
    be a password.
    """

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__("The request is not valid.")
        self.faults = faults


def problem_response(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **members: Any
) -> Response:
    """Build the answer to the present request, which failed."""
    body = problem(
        status,
        detail,
        instance=path_bytes(request.environ),
        request_id=request.environ.get("request_id", ""),
        **members,
    )
    return Response(body, status, problem_headers(status, headers), mimetype=MEDIA_TYPE)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return problem_response(status, f"{request.path} takes {headers['Allow']}.", headers)
    if isinstance(error, InvalidRequest):
        return problem_response(status, str(error.description), errors=error.faults)
    # What the library says of its own accord is meant for a page.
    own_words = error.description not in (None, type(error).description)
    return problem_response(status, str(error.description if own_words else error.name), headers)


def _database_error(error: Exception) -> Response:
    if isinstance(error, DBAPIError) and not is_outage(error.orig):
        raise error  # a crash
    log.error("database unavailable", error=type(error).__name__, exc_info=error)
    return problem_response(
        503, "The database is not available.", {"Retry-After": str(RETRY_AFTER)}
    )


def _crash(_error: InternalServerError) -> Response:
    return problem_response(500, "The service failed to answer this request.")


def install_error_handlers(app: Flask) -> None:
    """Make every error of ``app`` a problem document.

    A crash has the handler for the status 500, not one for `Exception`: only then does Flask
    announce it, which is how Sentry gets to see it, and log it (`Service.log_exception`).
    """
    app.register_error_handler(HTTPException, _http_error)
    for unavailable in (PoolTimeout, DBAPIError):
        app.register_error_handler(unavailable, _database_error)
    app.register_error_handler(500, _crash)
