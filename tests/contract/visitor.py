"""The client of the suite: no hidden cookies, a new connection for each request."""

from __future__ import annotations

import json as jsonlib
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from http.cookies import Morsel, SimpleCookie
from typing import Any, ClassVar, Self
from uuid import uuid4

import httpx2

from .deployment import Deployment

WRITES = ("/api/posts", "/api/accounts")  # what public answers are made of
COOKIE_NAMES = ("__Host-session", "session")
TIMEOUT = 60.0  # seconds
MOST_PATIENCE = 90  # seconds


@dataclass(frozen=True)
class Account:
    """What somebody signs in with."""

    email: str
    name: str
    password: str

    @classmethod
    def new(cls) -> Self:
        """Return an account that no deployment has."""
        unique = uuid4().hex
        # A password too similar to the address or the name would be refused.
        password = f"correct horse battery staple {unique[-4:]}"
        return cls(f"{unique}@example.org", f"Tester {unique[:8]}", password)

    def sign_up(self) -> dict[str, str]:
        """Return the body that creates the account."""
        return {"email": self.email, "name": self.name, "password": self.password}

    def sign_in(self) -> dict[str, str]:
        """Return the body that opens a session."""
        return {"email": self.email, "password": self.password}


def session_cookie(response: httpx2.Response) -> Morsel[str] | None:
    """Return the session cookie that an answer sets or removes."""
    for header in response.headers.get_list("set-cookie"):
        for name, morsel in SimpleCookie(header).items():
            if name in COOKIE_NAMES:
                return morsel
    return None


class Visitor:
    """Somebody who visits the service, and keeps the session cookie that it gives.

    The cookie is handled here: a jar would withhold a ``Secure`` one on http, and hide the others.
    Each request has a connection of its own, so that it may reach any process.

    Attributes:
        last_write: when any visitor last wrote what others may read stale (``time.monotonic``).
    """

    last_write: ClassVar[float] = -math.inf

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.cookie: tuple[str, str] | None = None
        self._client = httpx2.Client(
            base_url=deployment.base_url,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            limits=httpx2.Limits(max_keepalive_connections=0),
            timeout=TIMEOUT,
            trust_env=False,
            verify=False,  # loading the authorities takes longer than a test
        )

    @classmethod
    def wrote(cls) -> None:
        """Note that somebody has just written, here or with another client."""
        cls.last_write = time.monotonic()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: dict[str, str] | list[tuple[str, str]] | None = None,
        **options: Any,
    ) -> httpx2.Response:
        """Send one request with this visitor's cookie, and keep the cookie of the answer."""
        fields = list(headers.items()) if isinstance(headers, dict) else list(headers or [])
        if self.cookie and not any(name.lower() == "cookie" for name, _ in fields):
            fields.append(("Cookie", "=".join(self.cookie)))
        if json is not None:
            # Written here: what the standard library takes for JSON is what some tests need.
            options["content"] = jsonlib.dumps(json)
            if not any(name.lower() == "content-type" for name, _ in fields):
                fields.append(("Content-Type", "application/json"))
        response = self._client.request(method, path, headers=fields, **options)
        if method == "POST" and path in WRITES:
            Visitor.wrote()
        morsel = session_cookie(response)
        if morsel is not None:
            ended = not morsel.value or morsel["max-age"] == "0"
            self.cookie = None if ended else (morsel.key, morsel.value)
        return response

    def get(self, path: str, **options: Any) -> httpx2.Response:
        """Send a GET."""
        return self.request("GET", path, **options)

    def head(self, path: str, **options: Any) -> httpx2.Response:
        """Send a HEAD."""
        return self.request("HEAD", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx2.Response:
        """Send a POST, with a JSON body if there is one."""
        return self.request("POST", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> httpx2.Response:
        """Send a DELETE."""
        return self.request("DELETE", path, **options)

    def sign_up(self) -> Account:
        """Create a new account."""
        account = Account.new()
        response = self._post_within_limits("/api/accounts", account.sign_up())
        assert response.status_code == 201, response.text
        return account

    def attempt(self, credentials: Mapping[str, Any]) -> httpx2.Response:
        """Try to sign in to an account that nobody guesses at.

        A service may also limit the attempts from one address: that limit is waited for.
        """
        return self._post_within_limits("/api/session", credentials)

    def _post_within_limits(self, path: str, body: Mapping[str, Any]) -> httpx2.Response:
        response = self.post(path, body)
        if response.status_code == 429:
            time.sleep(min(int(response.headers["retry-after"]), MOST_PATIENCE))
            response = self.post(path, body)
        return response

    def sign_in(self, account: Account) -> dict[str, Any]:
        """Open a session and return the user."""
        response = self.attempt(account.sign_in())
        assert response.status_code == 200, response.text
        assert self.cookie, "no session cookie"
        user: dict[str, Any] = response.json()["user"]
        return user

    def session(self) -> dict[str, Any]:
        """Return what the service says of this visitor's session."""
        response = self.get("/api/session")
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def publish(self, **fields: Any) -> dict[str, Any]:
        """Publish a post with a title that no other has, and return it."""
        post = {"title": f"Post {uuid4().hex}", "body": "Text", "tags": ["contract"], **fields}
        response = self.post("/api/posts", post)
        assert response.status_code == 201, response.text
        published: dict[str, Any] = response.json()
        return published

    def pages(self, limit: int = 100, most: int = 30) -> Iterator[dict[str, Any]]:
        """Follow the cursors from the newest post, for at most ``most`` pages."""
        path = f"/api/posts?limit={limit}"
        for _ in range(most):
            response = self.get(path)
            assert response.status_code == 200, response.text
            page: dict[str, Any] = response.json()
            yield page
            if page["next"] is None:
                return
            path = str(httpx2.URL("/api/posts", params={"limit": limit, "after": page["next"]}))

    def metrics(self) -> str:
        """Return the Prometheus text of all processes, which add up some times a second."""
        time.sleep(0.4)
        response = self.get("/metrics")
        assert response.status_code == 200, response.text
        return response.text


@contextmanager
def timed(times: list[float]) -> Iterator[None]:
    """Add the seconds that the block took to ``times``."""
    started = time.perf_counter()
    yield
    times.append(time.perf_counter() - started)
