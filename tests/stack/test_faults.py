"""Parts of the stack are killed, stopped, added and replaced under load, and nobody notices."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
import pytest

from .engine import docker, inspect
from .load import Load, Request, mixed
from .running import Stack, eventually

REQUESTS = 5_000
CLIENTS = 20
Visitors = Callable[[], Request]


@pytest.fixture(autouse=True)
def _whole(stack: Stack) -> Iterator[None]:
    """Begin with two replicas that are ready, whatever the test before did."""
    stack.wait_until_ready()
    yield
    if len(stack.replicas()) != 2:
        stack.task("scale", "2")


def load(stack: Stack, visitors: Visitors) -> Load:
    return Load(stack.port, visitors, CLIENTS)


def published(stack: Stack) -> Counter[str]:
    """Return how many posts there are of each title."""
    titles: Counter[str] = Counter()
    path = "/api/posts?limit=100"
    with httpx2.Client(base_url=stack.url, timeout=20, trust_env=False) as client:
        while path:
            page = client.get(path, headers={"Cookie": "theme=dark"}).json()
            titles.update(post["title"] for post in page["items"])
            after = page["next"]
            path = after and str(httpx2.URL("/api/posts", params={"limit": 100, "after": after}))
    return titles


def test_a_worker_is_killed(stack: Stack, visitors: Visitors) -> None:
    with load(stack, visitors) as running:
        running.wait_for(1_000)
        for container in stack.replicas():
            _, workers = stack.processes(container)
            stack.kill_process(container, workers[0])
            running.wait_for(1_000)
        running.wait_for(REQUESTS - 3_000)
    only_writes_in_flight_failed(running, stack)


@pytest.mark.parametrize("how", ["container", "process"])
def test_a_replica_is_killed(stack: Stack, visitors: Visitors, how: str) -> None:
    victim = stack.replicas()[0]
    with load(stack, visitors) as running:
        running.wait_for(1_000)
        if how == "container":
            docker("kill", victim)
            running.wait_for(2_000)
            docker("start", victim)
        else:
            stack.kill_process(victim, stack.processes(victim)[0])
            running.wait_for(2_000)
        eventually(lambda: stack.is_ready(victim), 60, pause=1)
        running.wait_for(REQUESTS - 3_000)
    only_writes_in_flight_failed(running, stack)


def only_writes_in_flight_failed(running: Load, stack: Stack) -> None:
    """Insist that what could be repeated was, and that nothing else was done twice."""
    failures = running.failures()
    assert not [answer for answer in failures if answer.request.method == "GET"], running.told()
    assert all(answer.status == 502 and answer.problem for answer in failures), running.told()
    assert len(failures) <= CLIENTS
    titles = published(stack)
    writes = [answer for answer in running.answers if answer.request.mark]
    assert all(titles[answer.request.mark] <= 1 for answer in writes)
    assert all(titles[answer.request.mark] == 1 for answer in writes if answer.status == 201)


def test_a_replica_is_stopped(stack: Stack, visitors: Visitors) -> None:
    victim = stack.replicas()[0]
    with load(stack, visitors) as running:
        running.wait_for(1_000)
        docker("stop", victim)
        running.wait_for(2_000)
        docker("start", victim)
        eventually(lambda: stack.is_ready(victim), 60, pause=1)
        running.wait_for(REQUESTS - 3_000)
    assert not running.failures(), running.told()


def test_replicas_come_and_go(stack: Stack, visitors: Visitors) -> None:
    with load(stack, visitors) as running:
        running.wait_for(1_000)
        stack.task("scale", "4")
        assert len(stack.replicas()) == 4
        eventually(lambda: all(map(stack.is_ready, stack.replicas())), 60, pause=1)
        running.wait_for(2_000)
        stack.task("scale", "2")
        running.wait_for(REQUESTS - 3_000)
    assert len(stack.replicas()) == 2
    assert not running.failures(), running.told()


def test_the_balancer_reads_its_configuration_again(stack: Stack, visitors: Visitors) -> None:
    with load(stack, visitors) as running:
        for _ in range(3):
            running.wait_for(1_000)
            stack.task("reload")
        running.wait_for(REQUESTS - 3_000)
    assert not running.failures(), running.told()


def test_the_balancer_is_restarted_after_a_reload_too(stack: Stack) -> None:
    balancer = stack.container("balancer")
    stack.task("reload")

    def restarted() -> bool:  # a signal in the midst of the reload is lost
        docker("exec", balancer, "sh", "-c", "kill -TERM 1", check=False)
        return bool(inspect(balancer)["RestartCount"])

    eventually(restarted, 60, pause=2)
    eventually(lambda: stack.get("/readyz").status_code == 200, 20)


def test_bodies_that_drip_in_leave_room_for_reads(stack: Stack) -> None:
    """More of them than replicas have room for, each larger than what a balancer buffers."""
    head = "POST /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    begin = f"{head}Content-Length: 900000\r\n\r\n".encode() + b" " * 32_768
    with ExitStack() as slow:
        for _ in range(100):
            connection = socket.create_connection(("127.0.0.1", stack.port), 10)
            slow.enter_context(connection).sendall(begin)
        time.sleep(1)
        answers = [stack.get("/api/posts", {"Cookie": "theme=dark"}) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {200}
    assert max(answer.elapsed.total_seconds() for answer in answers) < 1


def test_the_cache_is_killed(stack: Stack, visitors: Visitors) -> None:
    cache = stack.container("cache")
    with load(stack, visitors) as running:
        running.wait_for(1_000)
        killed = time.monotonic()
        docker("kill", cache)
        running.wait_for(REQUESTS - 2_000)
        docker("start", cache)
        running.wait_for(1_000)
    assert not running.failures(), running.told()
    without = [answer for answer in running.answers if answer.at > killed]
    assert running.percentile(0.95, without) < 0.5


def test_the_database_is_away_for_ten_seconds(stack: Stack, cookie: str) -> None:
    database = stack.container("database")
    others = [*stack.replicas(), *(stack.container(s) for s in ("balancer", "cache", "sessions"))]
    before = [inspect(container)["State"]["StartedAt"] for container in others]
    reading = mixed(cookie, writing=False)
    post = {"title": "Not now", "body": "Text", "tags": []}
    kept, written = [], []
    with load(stack, reading) as running:
        running.wait_for(2_000)
        assert stack.get("/api/posts?limit=40").status_code == 200
        docker("stop", database)
        stopped = time.monotonic()
        while time.monotonic() - stopped < 10:
            kept.append(stack.get("/api/posts?limit=40"))
            written.append(stack.post("/api/posts", post, {"Cookie": cookie}))
            time.sleep(0.2)
        docker("start", database)
        eventually(lambda: healthy(database), 30)
        returned = time.monotonic()
        time.sleep(3)
        assert stack.post("/api/posts", post, {"Cookie": cookie}).status_code == 201
        running.wait_for(1_000)
    assert {answer.status_code for answer in kept} == {200}, "a cached answer needs no database"
    assert {answer.status_code for answer in written} == {503}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in written)
    for failure in running.failures():
        assert failure.status == 503, running.told()
        assert failure.problem
        assert int(failure.headers["retry-after"]) >= 1
        assert failure.at < returned + 3, "everything is good three seconds after its return"
    assert [inspect(container)["State"]["StartedAt"] for container in others] == before


def healthy(container: str) -> bool:
    """Tell whether a container's own check is content."""
    return bool(inspect(container)["State"]["Health"]["Status"] == "healthy")
