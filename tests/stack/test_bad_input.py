"""What is refused at the door, without disturbing others or reaching the service."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest

from .load import Load, Request
from .running import Stack, eventually
from .test_shared_cache import origin

PATIENCE = 10.0  # seconds
HOST = b"Host: 127.0.0.1\r\n"
BODY = b"Content-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def talk(stack: Stack, data: bytes, patience: float = PATIENCE) -> bytes:
    """Send bytes and return all that comes back until the balancer closes, or falls silent."""
    received = b""
    with socket.create_connection(("127.0.0.1", stack.port), patience) as connection:
        try:
            connection.sendall(data)
            while part := connection.recv(65536):
                received += part
        except (ConnectionResetError, BrokenPipeError):
            pass
        except TimeoutError:
            received += b"<silence>"
    return received


def statuses(received: bytes) -> list[int]:
    """Return the statuses of the answers in what was received."""
    parts = received.split(b"HTTP/1.1 ")[1:]
    return [int(part[:3]) for part in parts]


def get(path: bytes, fields: bytes = b"") -> bytes:
    """Return a request that asks for its connection to be closed."""
    return b"GET " + path + b" HTTP/1.1\r\n" + HOST + fields + b"Connection: close\r\n\r\n"


REFUSED = {
    "64 KiB of headers": get(b"/api/posts", b"X-Large: " + b"a" * 65536 + b"\r\n"),
    "1000 headers": get(b"/api/posts", b"".join(b"X-%d: a\r\n" % n for n in range(1000))),
    "64 KiB of path": get(b"/" + b"a" * 65536),
    "a second host": get(b"/api/posts", b"Host: evil.example\r\n"),
    "another host in the target": get(b"http://evil.example/api/posts"),
    "two lengths": b"POST /api/session HTTP/1.1\r\n"
    + HOST
    + BODY
    + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    "a length that is none": b"POST /api/session HTTP/1.1\r\n"
    + HOST
    + BODY
    + b"Content-Length: +2\r\n\r\n{}",
    "an unknown transfer encoding": b"POST /api/session HTTP/1.1\r\n"
    + HOST
    + BODY
    + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"POST /api/session HTTP/1.1\r\n"
    + HOST
    + BODY
    + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"POST /api/session HTTP/1.0\r\n"
    + HOST
    + BODY
    + CHUNKED
    + b"\r\n0\r\n\r\n",
    "a chunk that is none": b"POST /api/session HTTP/1.1\r\n"
    + HOST
    + BODY
    + CHUNKED
    + b"\r\nzz\r\n",
    "NUL in a header": get(b"/api/posts", b"X-A: a\x00b\r\n"),
    "an empty segment": get(b"//api/posts"),
    "an empty segment inside": get(b"/api//posts"),
    "dots": get(b"/api/../api/posts"),
    "encoded dots": get(b"/api/%2e%2e/api/posts"),
    "an encoded slash": get(b"/api%2fposts"),
    "an encoded NUL": get(b"/api/posts%00"),
    "a backslash": get(b"/api\\posts"),
    "2 MiB of body": b"POST /api/session HTTP/1.1\r\n"
    + HOST
    + BODY
    + b"Connection: close\r\nContent-Length: 2097152\r\n\r\n"
    + b" " * 2097152,
    "no HTTP": b"GARBAGE\r\n\r\n",
}


def test_it_is_refused_by_the_balancer(stack: Stack, subtests: pytest.Subtests) -> None:
    before = origin(stack)
    for name, data in REFUSED.items():
        with subtests.test(name):
            received = talk(stack, data)
            (status,) = statuses(received)
            assert 400 <= status < 500
            assert b"<silence>" not in received, "the connection is closed"
    assert origin(stack) == before, "one of them reached the service"


SMUGGLED = get(b"/api/posts/12345?smuggled")
AMBIGUOUS = {
    "a length and chunks": b"POST /api/session HTTP/1.1\r\n"
    + HOST
    + BODY
    + b"Content-Length: %d\r\n" % (5 + len(SMUGGLED))
    + CHUNKED
    + b"\r\n0\r\n\r\n"
    + SMUGGLED,
    "chunks and a length": b"POST /api/session HTTP/1.1\r\n"
    + HOST
    + BODY
    + CHUNKED
    + b"Content-Length: 4\r\n\r\n%x\r\n" % len(SMUGGLED)
    + SMUGGLED
    + b"\r\n0\r\n\r\n",
    "a bare line feed before a second header": b"GET /healthz HTTP/1.1\n"
    + HOST
    + b"X-A: b\nConnection: close\r\n\r\n",
    "chunks that end in bare line feeds": b"POST /api/session HTTP/1.1\r\n"
    + HOST
    + BODY
    + CHUNKED
    + b"\r\n2\n{}\n0\n\n"
    + SMUGGLED,
}


def test_it_is_refused_or_read_in_one_way(stack: Stack, subtests: pytest.Subtests) -> None:
    """RFC 9112 (sections 2.2 and 6.1) lets a server choose: either way nothing is smuggled."""
    since = time.time()
    for name, data in AMBIGUOUS.items():
        with subtests.test(name):
            received = talk(stack, data)
            assert len(statuses(received)) == 1, "what was hidden inside got an answer of its own"
            assert b"<silence>" not in received, "the connection is closed"
    paths = [line["path"] for line in stack.logs("balancer", since)]
    assert "/api/posts/12345" not in paths


def test_what_others_have_forged_is_not_believed(stack: Stack) -> None:
    since = time.time()
    forged = {"X-Request-ID": "forged-forged", "X-Forwarded-For": "203.0.113.7"}
    answer = stack.get("/api/stats", forged)
    assert answer.headers["x-request-id"] != "forged-forged"
    eventually(lambda: bool(stack.logs("balancer", since)), 5)
    assert "203.0.113.7" not in {line["client"] for line in stack.logs("balancer", since)}


@pytest.mark.parametrize("part", ["head", "body"])
def test_slow_clients_hold_up_nobody(stack: Stack, part: str) -> None:
    begin = b"GET /api/posts HTTP/1.1\r\n" + HOST
    if part == "body":
        begin = b"POST /api/session HTTP/1.1\r\n" + HOST + BODY + b"Content-Length: 1000\r\n\r\n"
    before = origin(stack)
    slow = [socket.create_connection(("127.0.0.1", stack.port), PATIENCE) for _ in range(200)]
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.5):
            for connection in slow:
                try:
                    connection.sendall(b"X-A: b\r\n" if part == "head" else b" ")
                except OSError:
                    continue

    try:
        for connection in slow:
            connection.sendall(begin)
        dripping = threading.Thread(target=drip)
        dripping.start()
        times = []
        for _ in range(20):
            started = time.monotonic()
            assert stack.get("/healthz").status_code == 200
            times.append(time.monotonic() - started)
            time.sleep(0.1)
        assert sorted(times)[18] < 1
        started = time.monotonic()
        # nginx limits the time between two parts of a body, not that of the whole.
        for connection in slow if (stack.balancer, part) != ("nginx", "body") else []:
            answer = receive(connection)
            assert answer == b"" or answer.startswith((b"HTTP/1.1 408", b"HTTP/1.1 400"))
        assert time.monotonic() - started < 2 * PATIENCE
    finally:
        stop.set()
        dripping.join()
        for connection in slow:
            connection.close()
    assert origin(stack) - before <= 25, "only what the others asked for"


def receive(connection: socket.socket) -> bytes:
    """Return what the balancer says before it closes."""
    try:
        return connection.recv(65536)
    except ConnectionError:
        return b""


def test_too_much_of_one_client(build_echo: Callable[..., Stack]) -> None:
    """10,000 requests in a minute, where 6,000 are allowed."""
    echo = build_echo(RATE_LIMIT="6000", CONNECTION_LIMIT="500")
    with Load(echo.port, lambda: Request("GET", "/hello")) as running:
        running.wait_for(10_000)
    good = [answer for answer in running.answers if answer.status == 200]
    refused = [answer for answer in running.answers if answer.status == 429]
    assert len(good) + len(refused) == len(running.answers), running.told()
    assert 3_000 <= len(good) <= 6_100  # half of them at once, with both balancers
    assert all(answer.problem for answer in refused)
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    # Somebody else, at another address, notices nothing.
    read = "import urllib.request as u; print(u.urlopen('http://balancer:8080/hello').status)"
    assert echo.python(echo.replicas()[0], "-c", read).strip() == "200"


def test_too_many_connections_of_one_client(build_echo: Callable[..., Stack]) -> None:
    echo = build_echo(RATE_LIMIT="6000", CONNECTION_LIMIT="50")
    connections: list[socket.socket] = []
    try:
        address = ("127.0.0.1", echo.port)
        connections.extend(socket.create_connection(address, 5) for _ in range(80))
        for connection in connections:
            connection.sendall(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n")
        answers = [receive(connection)[:12] for connection in connections]
    finally:
        for connection in connections:
            connection.close()
    assert set(answers) <= {b"HTTP/1.1 200", b"HTTP/1.1 429", b""}
    assert 40 <= answers.count(b"HTTP/1.1 200") <= 50
    time.sleep(1)
    assert echo.get("/hello").status_code == 200
