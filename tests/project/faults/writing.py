"""A client that writes, to see whether it can."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import httpx2

from ..service import Running, client
from .observing import SOON, eventually

PASSWORD = "correct horse battery staple"


class Writer:
    """Makes an account as soon as the service takes it, and publishes posts."""

    def __init__(self, service: Running) -> None:
        self._url = service.url
        address = f"{uuid4().hex}@example.com"
        new = {"email": address, "name": "Writer", "password": PASSWORD}
        eventually(lambda: self._made(new))
        login = {"email": address, "password": PASSWORD}
        eventually(lambda: self._logged_in(login))

    def _made(self, account: dict[str, str]) -> bool:
        answer = client.post(f"{self._url}/api/accounts", json=account)
        assert answer.status_code in (201, 503), answer.text
        return answer.status_code == 201

    def _logged_in(self, login: dict[str, str]) -> bool:
        answer = client.post(f"{self._url}/api/session", json=login)
        client.cookies.clear()
        # Another worker may still read from a server that the account is not on.
        assert answer.status_code in (200, 401, 503), answer.text
        self._cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        return answer.status_code == 200

    def publish(self, **fields: Any) -> httpx2.Response:
        """Publish a post with a new tag: in a transaction, and in a statement by itself.

        Args:
            fields: in place of those.
        """
        post = {"title": "New", "body": "Words.", "tags": [uuid4().hex[:20]], **fields}
        return client.post(f"{self._url}/api/posts", json=post, headers={"Cookie": self._cookie})

    def publish_until_it_works(self, within: float = SOON) -> list[int]:
        """Publish until ten posts in a row are made; return the status codes before them."""
        statuses: list[int] = []
        deadline = time.monotonic() + within
        while statuses[-10:] != [201] * 10:
            assert time.monotonic() < deadline, statuses
            statuses.append(self.publish().status_code)
            time.sleep(0.05)
        return statuses[:-10]
