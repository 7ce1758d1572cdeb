"""One place for errors: whatever goes wrong leaves as a problem document (RFC 9457).

Only what is known is caught here. A crash goes all the way to Django, which tells Sentry and calls
`crashed`; whoever catches it earlier keeps it from both.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from .database import is_outage
from .problem import MEDIA_TYPE, problem, problem_headers
from .wsgi_problem import path_bytes

log = structlog.get_logger(__name__)

RETRY_AFTER = 1  # seconds; what a client should wait before it tries a busy service again


class HttpProblem(Exception):
    """A request that cannot be answered as it was meant, and why."""

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.headers = headers


class Unavailable(HttpProblem):
    """503: something the request needs is down or full; trying again later may help."""

    def __init__(self, detail: str, *, retry_after: int = RETRY_AFTER) -> None:
        super().__init__(503, detail, headers={"Retry-After": str(retry_after)})


def problem_response(
    request: HttpRequest,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> HttpResponse:
    """Build the answer to a request that failed."""
    body = problem(
        status,
        detail,
        instance=_path(request),
        request_id=request.META.get("request_id", ""),
        **members,
    )
    fields = problem_headers(status, headers)
    return HttpResponse(body, status=status, headers=fields, content_type=MEDIA_TYPE)


def _path(request: HttpRequest) -> bytes:
    """Return the path as all the frameworks write it; Django escapes what is no UTF-8."""
    outer = request.META.get("outer_environ")
    return path_bytes(outer) if outer else request.path.encode()


def response_to(request: HttpRequest, error: HttpProblem) -> HttpResponse:
    """Build the answer that an exception stands for."""
    return problem_response(request, error.status, error.detail, error.headers)


class ErrorsMiddleware:
    """Answers what views raise or return when something is known to be wrong."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Give the answer to a wrong method its form."""
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            return _wrong_method(request, response.headers["Allow"])
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer an exception of a view; ``None``: it is a crash."""
        if isinstance(error, HttpProblem):
            return response_to(request, error)
        return _outage(request, error) if is_outage(error) else None


def _outage(request: HttpRequest, error: BaseException) -> HttpResponse:
    # Where no connection is to be had, all requests fail alike: their stacks tell nothing.
    stack = error if connection.connection is not None else None
    log.error("database unavailable", error=repr(error), exc_info=stack)
    return response_to(request, Unavailable("The database is not available."))


def without_outages(event: Any, hint: Any) -> Any:
    """Return an event for Sentry, unless it is no crash: Django reports what middleware raises."""
    _, error, _ = hint.get("exc_info") or (None, None, None)
    return None if is_outage(error) else event


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refuses (``handler400``)."""
    return problem_response(request, 400, "Bad Request")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer who lacks a permission (``handler403``)."""
    return problem_response(request, 403, "Forbidden")


def foreign_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that is not one of ours (``CSRF_FAILURE_VIEW``)."""
    return problem_response(request, 403, "Another site may not act for the user.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer who asks for what there is not (``handler404``)."""
    return problem_response(request, 404, "Not Found")


def crashed(request: HttpRequest) -> HttpResponse:
    """Answer after a crash (``handler500``); Django has told Sentry.

    What middleware raises comes here as well.
    """
    error = sys.exception()
    if error is not None and is_outage(error):
        return _outage(request, error)
    log.error("unhandled exception", exc_info=sys.exc_info())
    return problem_response(request, 500, "The service failed to answer this request.")


def _wrong_method(request: HttpRequest, allow: str) -> HttpResponse:
    methods = {method.strip() for method in allow.split(",")}
    if "GET" in methods:
        methods.add("HEAD")
    allow = ", ".join(sorted(methods))
    return problem_response(request, 405, f"{request.path} takes {allow}.", {"Allow": allow})
