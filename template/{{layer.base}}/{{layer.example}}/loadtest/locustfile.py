"""Who uses the service, and how: `poe load` and `locust -f loadtest/locustfile.py` read this.

Their weights are those of a public site: most people read, some are recognised, few write. Users
wait for an answer before they go on, and think in between, so the more they wait, the less they
ask.
"""

from __future__ import annotations

import random
import time
import uuid
from functools import partial
from typing import Any

import gevent
from locust import between, events, tag, task

from loadtest import plugin
from loadtest.caller import Caller
from loadtest.endpoints import Endpoint
from loadtest.shape import Course  # noqa: F401 - Locust looks for it here

plugin.install(events)

PASSWORD = "a password for load tests"  # noqa: S105 - of accounts that the run makes
PAGE = 100  # posts
POSTS_PER_SESSION = 5
VISITS_PER_SESSION = 10
ROUNDS = (1_000, 20_000)  # of a report: some milliseconds each

# All users have one address, and the service limits how often that may log in and register
# (LOGIN_LIMIT_PER_ADDRESS, REGISTRATION_LIMIT, 100 a minute each). Raise all to load the login.
LOGINS_PER_MINUTE = 60


class Reader(Caller):
    """Somebody without a session: looks at the front page again and again, and at what is there."""

    weight = 12
    wait_time = between(0.2, 0.8)

    def on_start(self) -> None:
        """Know nothing yet."""
        self._seen: list[int] = []
        self._cursor: str | None = None

    @tag("read")
    @task(5)
    def front_page(self) -> None:
        """Ask whether there is anything new."""
        if answer := self.ask(Endpoint.LIST, "/api/posts", conditional=True):
            self._seen = ids(answer.body)

    @tag("read")
    @task(4)
    def one_post(self) -> None:
        """Open a post of the front page."""
        if self._seen:
            path = f"/api/posts/{random.choice(self._seen)}"
            self.ask(Endpoint.POST, path, conditional=True)

    @tag("read")
    @task(4)
    def older_posts(self) -> None:
        """Go through the archive, page by page, and begin anew at its end."""
        after = f"&after={self._cursor}" if self._cursor else ""
        if answer := self.ask(Endpoint.PAGE, f"/api/posts?limit={PAGE}{after}"):
            self._cursor = answer.body["next"]

    @tag("read")
    @task(1)
    def stats(self) -> None:
        """Look at the numbers."""
        self.ask(Endpoint.STATS, "/api/stats", conditional=True)


class Visitor(Caller):
    """Somebody with a session, which no replica may forget."""

    weight = 5
    wait_time = between(0.2, 0.8)

    @tag("session")
    @task
    def visits(self) -> None:
        """Come back several times, and be recognised each time."""
        self.forget_cookies()
        for number in range(1, VISITS_PER_SESSION + 1):
            if not self.ask(Endpoint.VISIT, "/api/session", check=partial(is_visit, number)):
                return  # what follows would be counted wrong, too
            self.ask(Endpoint.LIST, "/api/posts", conditional=True)
            self.think()


class Writer(Caller):
    """Somebody with an account: logs in, publishes, sees it at once, logs out.

    A session lasts long enough that one account stays under LOGIN_LIMIT, 10 a minute.
    """

    weight = 2
    wait_time = between(1, 2)

    _email = ""

    @tag("write")
    @task
    def session(self) -> None:
        """Log in, publish some posts, log out."""
        Turns.wait(self)
        if not self._email:
            self._sign_up()
        credentials = {"email": self._email, "password": PASSWORD}
        if self.ask(Endpoint.LOG_IN, "/api/session", body=credentials):
            for _ in range(POSTS_PER_SESSION):
                self.think()
                self._publish()
            self.ask(Endpoint.LOG_OUT, "/api/session", expected=(204,))

    def _sign_up(self) -> None:
        email = f"load-{uuid.uuid4().hex}@example.com"
        new = {"email": email, "name": "Load Test", "password": PASSWORD}
        if self.ask(Endpoint.SIGN_UP, "/api/accounts", body=new, expected=(201,)):
            self._email = email

    def _publish(self) -> None:
        new = {"title": "Load test", "body": "Written by a load test. " * 5, "tags": ["load"]}
        answer = self.ask(Endpoint.PUBLISH, "/api/posts", body=new, expected=(201,))
        if answer:
            new_id = answer.body["id"]
            self.ask(Endpoint.LIST, "/api/posts?limit=100", check=lambda body: new_id in ids(body))


class Reporter(Caller):
    """Somebody who wants something computed."""

    weight = 1
    wait_time = between(0.5, 1.5)

    @tag("report")
    @task
    def report(self) -> None:
        """Ask for a report."""
        self.ask(Endpoint.REPORT, "/api/reports", body={"rounds": random.randint(*ROUNDS)})


class Turns:
    """Lets the users of a process log in one after the other."""

    _next = 0.0

    @classmethod
    def wait(cls, user: Caller) -> None:
        """Wait for one's turn to log in."""
        options = user.environment.parsed_options
        processes = getattr(options, "expect_workers", 1) or 1
        now = time.monotonic()
        turn = max(now, cls._next)
        cls._next = turn + processes * 60 / LOGINS_PER_MINUTE
        gevent.sleep(turn - now)


def is_visit(number: int, body: dict[str, Any]) -> bool:
    """Tell whether this is how a session looks when it is asked for that many times."""
    return bool(body["visits"] == number)


def ids(page: dict[str, Any]) -> list[int]:
    """Return the ids of the posts of a page."""
    return [post["id"] for post in page["items"]]
