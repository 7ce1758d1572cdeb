"""What answers of one kind have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol


class Response(Protocol):
    """An answer, of whichever client."""

    @property
    def status_code(self) -> int:
        """The status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields; names in lower case find them."""

    @property
    def text(self) -> str:
        """The body as text."""

    def json(self) -> Any:
        """Return the body read as JSON."""


FIELDS = {"type", "title", "status", "detail", "instance", "request_id"}

# What a URI reference may have in its path (RFC 3986, 3.3).
PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")

# RFC 9110 renamed three; which names a service knows depends on the age of its library.
RENAMED = {
    413: {"Content Too Large", "Request Entity Too Large", "Payload Too Large"},
    414: {"URI Too Long", "Request-URI Too Long"},
    422: {"Unprocessable Content", "Unprocessable Entity"},
}

# Schemes of a 401 for which browsers ask with a dialog of their own.
DIALOGS = {"basic", "digest", "negotiate", "ntlm"}

# Of Python, and of the servers and frameworks in use.
LEAKS = re.compile(
    r"Traceback|File \"|site-packages|\.py\b|sqlalchemy|psycopg|<!doctype|<html", re.I
)


def media_type(response: Response) -> str:
    """Return the media type without its parameters."""
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_problem(response: Response, *statuses: int) -> dict[str, Any]:
    """Insist on an RFC 9457 problem with one of these statuses, and return it."""
    assert response.status_code in statuses, f"{response.status_code}: {response.text[:500]}"
    assert media_type(response) == "application/problem+json", response.text[:500]
    problem: dict[str, Any] = response.json()
    status = response.status_code
    assert set(problem) == FIELDS | ({"errors"} if status == 422 else set())
    assert problem["status"] == status
    assert problem["title"] in RENAMED.get(status, {HTTPStatus(status).phrase})
    assert problem["type"] == "about:blank" or re.match(r"(https?|urn|tag):|/", problem["type"])
    assert isinstance(problem["detail"], str)
    assert PATH.fullmatch(problem["instance"])
    assert problem["request_id"] == response.headers["x-request-id"]
    for error in problem.get("errors", []):
        assert set(error) == {"loc", "msg"}, "an error repeats what was sent"
        assert error["loc"], error
        assert all(isinstance(part, str | int) for part in error["loc"])
        assert isinstance(error["msg"], str)
    assert status != 422 or problem["errors"], "no error is named"
    if status == 401:
        scheme = response.headers["www-authenticate"].split()[0].lower()
        assert scheme not in DIALOGS
    cache_control = response.headers.get("cache-control", "")
    assert "public" not in cache_control, "a shared cache must not keep an error"
    no_leak(response)
    return problem


def no_leak(response: Response) -> None:
    """Insist that an answer is no page, and shows nothing of what is inside."""
    leak = LEAKS.search(response.text)
    assert not leak, f"{leak} in {response.text[:500]}"


def locations(problem: dict[str, Any]) -> set[str]:
    """Return the last part of where each error of a 422 lies: the names of the fields."""
    return {str(error["loc"][-1]) for error in problem["errors"]}


def directives(response: Response) -> dict[str, str]:
    """Return the directives of Cache-Control; one without a value has an empty one."""
    parts = (part.strip() for part in response.headers.get("cache-control", "").split(","))
    pairs = (part.partition("=") for part in parts if part)
    return {name.lower(): value for name, _, value in pairs}


def varies_by(response: Response) -> set[str]:
    """Return the names in Vary, in lower case."""
    return {name.strip().lower() for name in response.headers.get("vary", "").split(",")} - {""}


def is_private(response: Response) -> None:
    """Insist that nothing keeps an answer that depends on the session."""
    assert set(directives(response)) >= {"private", "no-store"}, response.headers
    assert "public" not in directives(response)
    assert "cookie" in varies_by(response)
