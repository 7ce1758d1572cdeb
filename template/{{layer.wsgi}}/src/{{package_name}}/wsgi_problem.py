"""A problem document (RFC 9457) as the answer to a WSGI request."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from .problem import MEDIA_TYPE, problem, problem_headers

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


def path_bytes(environ: WSGIEnvironment) -> bytes:
    """Return the path, decoded: WSGI hands its bytes on as if they were Latin-1."""
    path: str = environ["PATH_INFO"]
    return path.encode("latin-1")


def request_path(environ: WSGIEnvironment) -> str:
    """Return the path as text."""
    return path_bytes(environ).decode("utf-8", "replace")


def respond_problem(
    environ: WSGIEnvironment,
    start_response: StartResponse,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> list[bytes]:
    """Start the answer to a request that failed, and return its body.

    Args:
        environ: the request.
        start_response: what the server, or the layer outside, gave.
        status: the HTTP status code.
        detail: what went wrong this time, for people; never a stack trace or a secret.
        headers: what the answer carries beyond the usual.
        members: extension members, such as ``errors``.
    """
    body = problem(
        status,
        detail,
        instance=path_bytes(environ),
        request_id=environ.get("request_id", ""),
        **members,
    )
    fields = {
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(body)),
        **problem_headers(status, headers),
    }
    start_response(f"{status} {HTTPStatus(status).phrase}", list(fields.items()))
    return [body]
