"""One place for errors: whatever goes wrong leaves as a problem document (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from .database.server import is_outage
from .problem import MEDIA_TYPE, problem, problem_headers

log = structlog.get_logger(__name__)

RETRY_AFTER = 1  # seconds; what a client should wait before it tries a busy service again


class Unavailable(HTTPException):
    """503: something the request needs is down or full; trying again later may help."""

    def __init__(self, detail: str, *, retry_after: int = RETRY_AFTER) -> None:
        super().__init__(503, detail, headers={"Retry-After": str(retry_after)})


def problem_response(
    scope: Scope,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> Response:
    """Build the answer to a request that failed."""
    body = problem(
        status,
        detail,
        instance=unquote_to_bytes(scope["raw_path"]),
        request_id=scope.get("state", {}).get("request_id", ""),
        **members,
    )
    return Response(body, status, problem_headers(status, headers), media_type=MEDIA_TYPE)


def _allowed_methods(request: Request) -> str:
    """Return what ``Allow`` must say: Starlette tells the methods of one route only."""
    allowed = {
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    }
    return ", ".join(sorted(allowed | {"HEAD"} if "GET" in allowed else allowed))


async def _http_error(request: Request, error: HTTPException) -> Response:
    if error.status_code == 405:
        allow = {"Allow": _allowed_methods(request)}
        detail = f"{request.scope['path']} takes {allow['Allow']}."
        return problem_response(request.scope, 405, detail, allow)
    return problem_response(request.scope, error.status_code, str(error.detail), error.headers)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    faults = error.errors()
    if faults and faults[0]["type"] == "json_invalid":
        return problem_response(request.scope, 400, "The body is not valid JSON.")
    # Only place and message: the rejected input may hold a password.
    members = [{"loc": list(fault["loc"]), "msg": fault["msg"]} for fault in faults]
    return problem_response(request.scope, 422, "The request is not valid.", errors=members)


async def _database_error(request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError) and not is_outage(error.orig):
        raise error  # a crash
    log.error("database unavailable", error=type(error).__name__, exc_info=error)
    return problem_response(
        request.scope,
        503,
        "The database is not available.",
        {"Retry-After": str(RETRY_AFTER)},
    )


async def _crash(request: Request, error: Exception) -> Response:
    log.error("unhandled exception", exc_info=error)
    return problem_response(request.scope, 500, "The service failed to answer this request.")


def install_error_handlers(app: FastAPI) -> None:
    """Make every error of ``app`` a problem document.

    A crash keeps its own handler for `Exception`, the only form after which Starlette raises the
    error again: that is how Sentry gets to see it.
    """
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_invalid)
    for unavailable in (PoolTimeout, DBAPIError):
        app.exception_handler(unavailable)(_database_error)
    app.exception_handler(Exception)(_crash)
