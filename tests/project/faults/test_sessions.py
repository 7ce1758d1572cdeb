"""Sessions whose store half-fails, and sessions that many requests or visitors share."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from servers.fixtures import SESSIONS, running
from servers.ports import LOOPBACK, free_port
from servers.redis import Redis

from ..blocking import CHANGES
from ..service import Running
from .host import SHORT, Host
from .observing import eventually, is_ready, is_unavailable, log_lines

POST = {"title": "Once", "body": "Text", "tags": []}
BOUND = 20  # anonymous sessions
BUDGET = {**SHORT, "ANONYMOUS_SESSIONS": str(BOUND)}
IN_DATABASE = {**BUDGET, "ENVIRONMENT": "test", "SESSION_URL": ""}

# Makes all sessions of a server older, so that they are due for renewal.
AGEING = {
    "json": """
import os, json, redis
server = redis.Redis.from_url(os.environ["SESSION_URL"])
for key in server.scan_iter("*:session:*"):
    record = json.loads(server.get(key))
    record["renewed"] -= 8 * 86400
    server.set(key, json.dumps(record), keepttl=True)
""",
    "django": """
import json, os, redis
from my_service.startup import start_django
start_django()
from my_service.sessions.server import SessionStore
server = redis.Redis.from_url(os.environ["SESSION_URL"])
for key in server.scan_iter("my_service:1:*"):
    if server.type(key) == b"string":
        values = SessionStore().decode(json.loads(server.get(key)))
        values["_renewed"] -= 8 * 86400
        server.set(key, json.dumps(SessionStore().encode(values)), keepttl=True)
""",
}


class Visitor:
    """Keeps the session cookie that a service gives; each request has its own connection."""

    def __init__(self, service: Running) -> None:
        self.service = service
        self.cookie = ""

    def request(self, method: str, path: str, json: Any = None) -> httpx2.Response:
        headers = {"Cookie": self.cookie} if self.cookie else {}
        with httpx2.Client(base_url=self.service.url, timeout=30) as client:
            response = client.request(method, path, json=json, headers=headers)
        given = response.headers.get("set-cookie", "").partition(";")[0]
        if given:
            self.cookie = given
        return response

    def log_in(self) -> dict[str, str]:
        """Make an account and log in; return what to log in with."""
        name = uuid4().hex
        account = {"email": f"{name}@example.org", "password": f"correct horse {name[::2]}"}
        response = self.request("POST", "/api/accounts", {**account, "name": "Somebody"})
        assert response.status_code == 201, response.text
        response = self.request("POST", "/api/session", account)
        assert response.status_code == 200, response.text
        return account

    def user(self) -> Any:
        response = self.request("GET", "/api/session")
        assert response.status_code == 200, response.text
        return response.json()["user"]


@contextmanager
def full(server: Redis) -> Iterator[None]:
    """Let a server have no memory for anything new."""
    assert server._ask("CONFIG SET maxmemory 1mb") == "+OK"
    try:
        yield
    finally:
        server._ask(f"CONFIG SET maxmemory {SESSIONS['maxmemory']}")


def age(host: Host) -> None:
    kind = "django" if host.change is CHANGES["django"] else "json"
    host.project.python("-c", AGEING[kind])


@pytest.fixture
def visitor(host: Host) -> Visitor:
    return Visitor(host.run(BUDGET))


def test_a_renewal_that_fails_takes_no_answer_back(
    host: Host, visitor: Visitor, redis_sessions: Redis
) -> None:
    visitor.log_in()
    age(host)
    cookie, before = visitor.cookie, len(log_lines(visitor.service))
    with full(redis_sessions):
        published = visitor.request("POST", "/api/posts", POST)
        refused = visitor.request("POST", "/api/posts", {})
        read = visitor.request("GET", "/api/posts")
    assert published.status_code == 201
    assert refused.status_code == 422
    assert read.status_code == 200
    warnings = [
        line["level"]
        for line in log_lines(visitor.service)[before:]
        if line["event"] == "session not saved"
    ]
    assert warnings == ["warning"] * 2, "once for each request that used the session"
    assert visitor.cookie == cookie
    renewed = visitor.request("POST", "/api/posts", POST)
    assert renewed.status_code == 201
    assert "max-age" in renewed.headers["set-cookie"].lower()
    assert visitor.cookie == cookie


def test_what_a_route_did_is_told_when_its_session_cannot_be_stored(
    visitor: Visitor, redis_sessions: Redis
) -> None:
    visitor.log_in()
    with full(redis_sessions):
        done = visitor.request("POST", "/remember")
        read = visitor.request("GET", "/remember")
    assert done.status_code == 503
    assert "retry-after" not in done.headers
    assert "was carried out (its answer was 200)" in done.json()["detail"]
    assert is_unavailable(read)
    assert visitor.request("POST", "/remember").status_code == 200


def test_in_a_full_store_a_login_is_refused_and_a_logout_is_not(
    visitor: Visitor, redis_sessions: Redis
) -> None:
    account = visitor.log_in()
    cookie = visitor.cookie
    with full(redis_sessions):
        assert is_unavailable(visitor.request("POST", "/api/session", account))
        assert visitor.cookie == cookie
        assert visitor.request("POST", "/api/posts", POST).status_code == 201, "still logged in"
        assert is_ready(visitor.service), "sessions that exist go on"
        assert visitor.request("DELETE", "/api/session").status_code == 204
        visitor.cookie = cookie
        assert visitor.request("POST", "/api/posts", POST).status_code == 401
    visitor.cookie = cookie
    assert visitor.user() is None


def test_an_old_id_is_dead_though_it_could_not_be_removed(
    visitor: Visitor, redis_sessions: Redis
) -> None:
    account = visitor.log_in()
    old = visitor.cookie
    redis_sessions._ask("ACL SETUSER default -del -unlink")
    try:
        assert visitor.request("POST", "/api/session", account).status_code == 200
    finally:
        redis_sessions._ask("ACL SETUSER default +del +unlink")
    assert visitor.user()
    new, visitor.cookie = visitor.cookie, old

    def is_dead() -> bool:
        visitor.cookie = new
        known = visitor.user()
        visitor.cookie = old
        return bool(known) and visitor.user() is None

    eventually(is_dead)


def test_a_server_that_takes_no_writes_is_not_ready(
    visitor: Visitor, redis_sessions: Redis
) -> None:
    visitor.log_in()
    with running(Redis) as primary:
        redis_sessions._ask(f"REPLICAOF {LOOPBACK} {primary.port}")
        try:
            eventually(lambda: visitor.service.get("/readyz").status_code == 503)
            assert is_unavailable(visitor.service.get("/api/session"))
            assert visitor.service.get("/api/posts").status_code == 200
        finally:
            redis_sessions._ask("REPLICAOF NO ONE")
    eventually(lambda: is_ready(visitor.service))
    assert visitor.service.get("/api/session").status_code == 200


@pytest.mark.parametrize("where", ["server", "database"])
def test_many_requests_of_one_session_and_of_many(host: Host, where: str) -> None:
    service = host.run(BUDGET if where == "server" else IN_DATABASE)
    check_that_visits_at_the_same_time_all_count(Visitor(service))
    check_that_anonymous_sessions_are_bounded(service)


def check_that_visits_at_the_same_time_all_count(visitor: Visitor) -> None:
    assert visitor.request("GET", "/api/session").json()["visits"] == 1

    def visit(_number: int) -> int:
        response = visitor.request("GET", "/api/session")
        assert response.status_code == 200, response.text
        return int(response.json()["visits"])

    with ThreadPoolExecutor(80) as pool:
        counted = sorted(pool.map(visit, range(80)))
    assert counted == list(range(2, 82))


def check_that_anonymous_sessions_are_bounded(service: Running) -> None:
    member = Visitor(service)
    member.log_in()
    strangers = [Visitor(service) for _ in range(2 * BOUND)]
    for stranger in strangers:
        assert stranger.request("GET", "/api/session").status_code == 200
    assert member.user()
    known = [
        stranger.request("GET", "/api/session").json()["visits"] == 2
        for stranger in reversed(strangers)
    ]
    # Asking makes sessions, too: those whose ids are forgotten get new ones.
    assert known[:BOUND] == [True] * BOUND
    assert not any(known[BOUND:])
    assert member.user()


def test_a_cluster_of_one_shard_keeps_sessions(host: Host) -> None:
    bus = str(free_port())
    with running(Redis, **SESSIONS, cluster_enabled="yes", cluster_port=bus) as server:
        assert server._ask("CLUSTER ADDSLOTSRANGE 0 16383") == "+OK"
        eventually(lambda: "cluster_state:ok" in server._ask("CLUSTER INFO"))
        service = host.run({**SHORT, "SESSION_URL": server.url})
        visitor = Visitor(service)
        account = visitor.log_in()
        assert visitor.request("POST", "/api/session", account).status_code == 200
        visits = [visitor.request("GET", "/api/session").json()["visits"] for _ in range(3)]
        assert visits == [1, 2, 3]
        cookie = visitor.cookie
        assert visitor.request("DELETE", "/api/session").status_code == 204
        visitor.cookie = cookie
        assert visitor.user() is None
        host.stop()


def test_a_cluster_of_several_shards_is_refused(host: Host) -> None:
    if host.change is not CHANGES["fastapi"]:
        pytest.skip("the code is the same for all frameworks")
    buses = str(free_port()), str(free_port())
    with (
        running(Redis, **SESSIONS, cluster_enabled="yes", cluster_port=buses[0]) as first,
        running(Redis, **SESSIONS, cluster_enabled="yes", cluster_port=buses[1]) as second,
    ):
        assert first._ask("CLUSTER ADDSLOTSRANGE 0 8191") == "+OK"
        assert second._ask("CLUSTER ADDSLOTSRANGE 8192 16383") == "+OK"
        met = first._ask(f"CLUSTER MEET {LOOPBACK} {second.port} {buses[1]}")
        assert met == "+OK"
        eventually(lambda: "cluster_size:2" in first._ask("CLUSTER INFO"))
        project = host.project
        python = project.path / ".venv/bin/python"
        start = ("timeout", "60", python, "-m", project.package)
        done = project.run(*start, check=False, SESSION_URL=first.url, PORT=str(free_port()))
        assert done.returncode == 1
        assert done.stderr.strip().splitlines() == [
            "SESSION_URL cannot be used: it is a cluster of several shards, of which each has a"
            " part of the keys only; use one server"
        ]
        advice = project.python(
            "-m", f"{project.package}.doctor", check=False, SESSION_URL=first.url
        )
        assert "the sessions' server cannot be used: it is a cluster of several shards" in advice


class Address:
    """An address behind which the server is replaced; connections keep the one they have."""

    def __init__(self, port: int) -> None:
        self.target = port
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection((LOOPBACK, self.target))
            except OSError:
                return
            for ends in ((client, server), (server, client)):
                threading.Thread(target=self._copy, args=ends, daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            end.close()


def test_sessions_follow_their_server_when_it_moves(host: Host) -> None:
    with running(Redis, **SESSIONS) as old, running(Redis, **SESSIONS) as new:
        address = Address(old.port)
        service = host.run({**SHORT, "SESSION_URL": f"redis://{LOOPBACK}:{address.port}/0"})
        member = Visitor(service)
        member.log_in()
        new._ask(f"REPLICAOF {LOOPBACK} {old.port}")
        eventually(lambda: "master_link_status:up" in new._ask("INFO replication"))
        new._ask("REPLICAOF NO ONE")
        old._ask(f"REPLICAOF {LOOPBACK} {new.port}")
        address.target = new.port

        def all_can_begin() -> bool:
            answers = [service.get("/api/session").status_code for _ in range(20)]
            return answers == [200] * 20

        eventually(all_can_begin, within=10)
        assert is_ready(service)
        assert member.user()
        host.stop()
        address.close()
