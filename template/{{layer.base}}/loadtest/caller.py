"""What all users have in common: they ask, check the answer, and remember ETags."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import gevent
from locust import FastHttpUser
from locust.contrib.fasthttp import ResponseContextManager

from .endpoints import Endpoint

MAX_REMEMBERED = 100  # answers that a user keeps, as a browser does
HINTS = {429: ": raise the service's rate limits for the run, or ask less often"}


@dataclass(frozen=True)
class Answer:
    """A good answer.

    Attributes:
        status: its status.
        body: its JSON, None if it has none.
        etag, location: these headers, or the empty string.
    """

    status: int
    body: Any
    etag: str
    location: str


class Caller(FastHttpUser):
    """A user who speaks JSON and keeps cookies."""

    abstract = True
    connection_timeout = 5.0  # seconds
    network_timeout = 30.0  # seconds: longer than the service's own limits

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Browsers trust their own machine too: its cookies may be secure without HTTPS.
        self.client.cookiejar.set_policy(DefaultCookiePolicy(secure_protocols=("http", "https")))
        self._remembered: dict[str, Answer] = {}

    def ask(
        self,
        endpoint: Endpoint,
        path: str,
        *,
        body: Any = None,
        expected: tuple[int, ...] = (200,),
        conditional: bool = False,
        check: Callable[[Any], bool] = lambda _: True,
    ) -> Answer | None:
        """Ask for a path; whatever else but the expected answer counts as a failure.

        Args:
            endpoint: what the request is counted as; it names the method too.
            path: the path, with its query.
            body: is sent as JSON.
            expected: the statuses of a good answer.
            conditional: ask only for what has changed since the last time.
            check: tells from its JSON whether the answer is right.

        Returns:
            The answer, or the remembered one if nothing has changed; None after a failure.
        """
        method, _, name = endpoint.partition(" ")
        known = self._remembered.get(path) if conditional else None
        with self.client.request(
            method,
            path,
            name=name,
            json=body,
            headers={"If-None-Match": known.etag} if known else {},
            catch_response=True,
        ) as response:
            if known and response.status_code == 304:
                response.success()
                return known
            fault, answer = _read(response, expected, check)
            if fault:
                response.failure(fault)
                return None
            response.success()
            if conditional and answer and answer.etag:
                self._remember(path, answer)
            return answer

    def think(self) -> None:
        """Wait as long as between two tasks."""
        gevent.sleep(self.wait_time())

    def forget_cookies(self) -> None:
        """Be somebody new."""
        self.client.cookiejar.clear()

    def _remember(self, path: str, answer: Answer) -> None:
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[path] = answer


def _read(
    response: ResponseContextManager, expected: tuple[int, ...], check: Callable[[Any], bool]
) -> tuple[str, Answer | None]:
    """Return what is wrong with an answer, or the empty string and the answer."""
    status = response.status_code
    if status == 0:
        return f"no answer: {response.request_meta['exception']!r}", None
    try:
        body = json.loads(response.content) if response.content else None
    except ValueError:
        return f"{status}, and no JSON", None
    if status not in expected:
        title = body.get("title", "") if isinstance(body, dict) else ""
        return f"{status} {title}".rstrip() + HINTS.get(status, ""), None
    try:
        right = check(body)
    except (LookupError, TypeError):
        right = False
    if not right:
        return f"{status}, but not the right content", None
    return "", Answer(status, body, _header(response, "etag"), _header(response, "location"))


def _header(response: ResponseContextManager, name: str) -> str:
    return str(response.headers.get(name, "")) if response.headers else ""
