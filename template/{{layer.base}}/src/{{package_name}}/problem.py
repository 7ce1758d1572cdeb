"""Problem details for HTTP APIs (RFC 9457): the one shape of every error."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson

MEDIA_TYPE = "application/problem+json"

# RFC 9110 wants a 401 to name a scheme; for one that browsers know they would ask for a password.
CHALLENGE = "Session"


# What a path may have as it is (RFC 3986, 3.3), beside what `quote` leaves alone anyway.
PLAIN = "/:@!$&'()*+,;="


def problem(status: int, detail: str, *, instance: bytes, request_id: str, **members: Any) -> bytes:
    """Return the body of an error.

    Args:
        status: the HTTP status code.
        detail: what went wrong this time, for people; never a stack trace or a secret.
        instance: the path that was asked for, decoded.
        request_id: what the logs and the error tracker know this request by.
        members: extension members, such as ``errors``.
    """
    try:
        title = HTTPStatus(status).phrase
    except ValueError:
        title = "Error"
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": quote(instance, PLAIN),
        "request_id": request_id,
        **members,
    }
    return orjson.dumps(body, default=str)


def problem_headers(status: int, headers: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what the head of an error says, with ``headers`` of its own."""
    usual = {"Cache-Control": "no-store"}
    if status == 401:
        usual["WWW-Authenticate"] = CHALLENGE
    return {**usual, **(headers or {})}
