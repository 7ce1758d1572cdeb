"""Cache servers that answer, but take no writes, or are no longer the one that they were."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from servers import Redis
from servers.ports import LOOPBACK, free_port

from ..conftest import STALENESS, numbers
from ..service import Running, client
from .host import SHORT, Host
from .observing import eventually, log_lines

RECOVERY = 5.0  # seconds, as promised
LIMIT = 5  # attempts to log in, as all services of these tests have it
PASSWORD = "correct horse battery staple"


def ask(server: Redis, *command: str) -> str:
    """Return the first line of a server's answer, or the text whose length that gives."""
    packed = "".join(f"${len(part)}\r\n{part}\r\n" for part in command)
    with server.connect() as connection, connection.makefile("rb") as stream:
        connection.sendall(f"*{len(command)}\r\n{packed}".encode())
        answer = stream.readline().decode().strip()
        if answer.startswith("$"):
            return stream.read(int(answer[1:])).decode()
        assert not answer.startswith("-"), answer
        return answer


@contextmanager
def a_replica(redis: Redis) -> Iterator[None]:
    """Demote the server; it keeps its data and its connections."""
    ask(redis, "REPLICAOF", LOOPBACK, "1")
    try:
        yield
    finally:
        ask(redis, "REPLICAOF", "NO", "ONE")


@contextmanager
def full(redis: Redis) -> Iterator[None]:
    before = ask(redis, "INFO", "memory")
    policy, limit = (found(before, name) for name in ("maxmemory_policy", "maxmemory"))
    ask(redis, "CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1")
    try:
        yield
    finally:
        ask(redis, "CONFIG", "SET", "maxmemory-policy", policy, "maxmemory", limit)


@contextmanager
def without_a_disk(redis: Redis) -> Iterator[None]:
    """Let the server fail to save what it was told to save."""
    place = redis.directory / "dump.rdb"
    place.mkdir()
    ask(redis, "CONFIG", "SET", "save", "3600 1")
    try:
        ask(redis, "BGSAVE")
        eventually(lambda: "rdb_last_bgsave_status:err" in ask(redis, "INFO", "persistence"))
        yield
    finally:
        ask(redis, "CONFIG", "SET", "save", "")
        place.rmdir()


STATES = {"a replica": a_replica, "full": full, "without a disk": without_a_disk}

ADVICE = {
    "a replica": "it is a read-only replica; name the primary",
    "full": "it is full; raise maxmemory",
    "without a disk": "it cannot save to its disk",
}


class Author:
    """An author: a client with a session that publishes a post and reads it."""

    def __init__(self, service: Running) -> None:
        self._service = service
        email = f"author{next(numbers)}@example.org"
        account = {"email": email, "name": "Author", "password": PASSWORD}
        assert service.post("/api/accounts", account).status_code == 201
        session = service.post("/api/session", {"email": email, "password": PASSWORD})
        assert session.status_code == 200
        self.headers = {"Cookie": session.headers["set-cookie"].partition(";")[0]}

    def post(self) -> int:
        """Write a post and return its id."""
        body = {"title": "Written", "body": "in an outage", "tags": []}
        url = f"{self._service.url}/api/posts"
        answer = client.post(url, json=body, headers=self.headers)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def sees(self, post: int) -> bool:
        return newest(self._service, headers=self.headers) == post


def newest(service: Running, **options: dict[str, str]) -> int:
    answer = service.get("/api/posts?limit=5", **options)
    assert answer.status_code == 200
    return int(answer.json()["items"][0]["id"])


def found(text: str, name: str) -> str:
    value = re.search(rf"^{name}:(.*?)\r?$", text, re.M)
    assert value
    return value[1]


def cache_state(service: Running) -> str:
    readiness = service.get("/readyz")
    assert readiness.status_code == 200
    return str(readiness.json()["checks"]["cache"]["status"])


def warm(service: Running, author: Author) -> None:
    """Let all workers have read the list from the cache server, and find the newest post there."""
    for _ in range(20):
        newest(service)
        newest(service, headers=author.headers)


def nobody_misses(service: Running, author: Author, post: int, seconds: float) -> None:
    """Read through all workers: the author finds the post at once, others within the bound."""
    started = time.monotonic()
    while (elapsed := time.monotonic() - started) < seconds:
        assert author.sees(post), f"its author misses a post after {elapsed:.2f} s"
        asked = time.monotonic() - started
        assert newest(service) == post or asked < STALENESS, f"missed after {asked:.2f} s"


@pytest.mark.parametrize("state", STATES)
def test_no_write_is_missed_while_the_cache_takes_none(
    host: Host, service: Running, redis: Redis, state: str
) -> None:
    author = Author(service)
    author.post()
    warm(service, author)
    with STATES[state](redis):
        post = author.post()
        nobody_misses(service, author, post, 2 * STALENESS + 1)
        assert cache_state(service) == "degraded"
        advice = host.project.run("uv", "run", "--no-sync", "poe", "doctor", check=False).stdout
        assert f"the cache's server takes no writes: {ADVICE[state]}" in advice
        last = author.post()
        nobody_misses(service, author, last, 0.5)
    nobody_misses(service, author, last, 2 * STALENESS)
    eventually(lambda: cache_state(service) == "ok", within=RECOVERY)
    nobody_misses(service, author, last, 0.5)


def attempt(service: Running, email: str) -> int:
    credentials = {"email": email, "password": "not the password"}
    return service.post("/api/session", credentials).status_code


def test_logins_stay_limited_while_the_counters_take_no_writes(
    service: Running, redis: Redis
) -> None:
    def is_shared() -> bool:
        email = f"nobody{next(numbers)}@example.org"
        return [attempt(service, email) for _ in range(LIMIT + 2)].count(401) == LIMIT

    assert is_shared()
    with a_replica(redis):
        email = f"nobody{next(numbers)}@example.org"
        answers = [attempt(service, email) for _ in range(2 * LIMIT + 2)]
        assert set(answers) == {401, 429}, "each of the two workers counts"
    eventually(is_shared)  # several rounds of hashing, which a crowded machine does slowly


class Address:
    """An address that leads to one server, and later to another one.

    As when a name or a virtual address moves, connections to the former server stay with it.
    """

    def __init__(self, server: Redis) -> None:
        self.server = server
        self._listener = socket.create_server((LOOPBACK, 0), backlog=128)
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self._listener.getsockname()[1]}/0"

    def close(self) -> None:
        for each in (self._listener, *self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = self.server.connect(timeout=60)
                self._sockets += near, far
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def start(redis: Redis) -> Iterator[Callable[..., Redis]]:
    """Return a function that starts a further server (if there is one at all)."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(type(redis)(**options))


def test_a_failover_at_the_same_address_loses_no_write(
    host: Host, start: Callable[..., Redis]
) -> None:
    primary, replica = start(), start()
    ask(replica, "REPLICAOF", LOOPBACK, str(primary.port))
    eventually(lambda: "master_link_status:up" in ask(replica, "INFO", "replication"))
    address = Address(primary)
    service = host.run({**SHORT, "CACHE_URL": address.url})
    try:
        author = Author(service)
        author.post()
        warm(service, author)
        eventually(lambda: ask(primary, "DBSIZE") == ask(replica, "DBSIZE") != ":0")
        # The replica is promoted before it has the author's next invalidation.
        ask(replica, "REPLICAOF", "NO", "ONE")
        post = author.post()
        time.sleep(1.1)  # connections are no longer taken for new ones
        address.server = replica
        ask(primary, "REPLICAOF", LOOPBACK, str(replica.port))
        nobody_misses(service, author, post, 2 * STALENESS + 1)
        eventually(lambda: cache_state(service) == "ok", within=RECOVERY)
        last = author.post()
        nobody_misses(service, author, last, STALENESS + 0.5)
        assert int(found(ask(replica, "INFO", "stats"), "keyspace_hits")) > 0
    finally:
        host.stop()
        address.close()


def test_one_shard_of_a_cluster_is_a_cache_and_several_are_none(
    host: Host, start: Callable[..., Redis]
) -> None:
    buses = [str(free_port()) for _ in range(2)]  # by default 10,000 above the servers' ports
    first, second = (start(cluster_enabled="yes", cluster_port=bus) for bus in buses)
    ask(first, "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
    eventually(lambda: "cluster_state:ok" in ask(first, "CLUSTER", "INFO"))
    service = host.run({**SHORT, "CACHE_URL": first.url})
    try:
        author = Author(service)
        post = author.post()
        warm(service, author)
        assert cache_state(service) == "ok"
        assert int(found(ask(first, "INFO", "stats"), "keyspace_hits")) > 0
        ask(first, "CLUSTER", "DELSLOTSRANGE", "0", "8191")
        ask(second, "CLUSTER", "ADDSLOTSRANGE", "0", "8191")
        ask(first, "CLUSTER", "MEET", LOOPBACK, str(second.port), buses[1])
        eventually(lambda: "cluster_size:2" in ask(first, "CLUSTER", "INFO"))
        eventually(lambda: "cluster_state:ok" in ask(first, "CLUSTER", "INFO"))
        post = author.post()
        nobody_misses(service, author, post, STALENESS + 1)

        def is_said() -> bool:
            assert cache_state(service) in ("ok", "degraded")  # which logs the reason
            return any("several shards" in str(line) for line in log_lines(service))

        eventually(is_said)
    finally:
        host.stop()
