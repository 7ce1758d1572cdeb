"""Clients that hold connections: they get no more than their time, and nobody else notices."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from ..service import Running
from .observing import SOON

# Connections: more than two workers have threads that answer. One worker lets so many wait, even if
# the other was just replaced.
HELD = 120
HEAD = "POST /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"

HALF_SENT = {
    "body": f"{HEAD}Content-Length: 40\r\n\r\n{{",
    "chunks": f"{HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n",
}


@dataclass
class Held:
    """Connections on which a client takes its time, and what came back on each."""

    sockets: list[socket.socket]
    answers: dict[socket.socket, bytes] = field(default_factory=dict)

    def drip(self) -> None:
        """Send one more byte on each."""
        for connection in self.sockets:
            if connection not in self.answers:
                connection.send(b" ")

    def answered(self) -> bool:
        """Return whether the service has closed all of them; it may take a while."""
        waiting = [one for one in self.sockets if one not in self.answers]
        for connection in select.select(waiting, [], [], 0)[0]:
            connection.settimeout(SOON)
            answer = b""
            try:
                while piece := connection.recv(65536):
                    answer += piece
            except ConnectionError:
                pass
            self.answers[connection] = answer
        return len(self.answers) == len(self.sockets)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def hold(service: Running, stack: ExitStack, sent: str) -> Held:
    url = urlsplit(service.url)
    sockets = [
        stack.enter_context(socket.create_connection((url.hostname, url.port), SOON))
        for _ in range(HELD)
    ]
    for connection in sockets:
        connection.sendall(sent.encode())
    return Held(sockets)


def others_are_answered(service: Running) -> None:
    assert service.get("/healthz", timeout=SOON).status_code == 200
    answer = service.post("/api/session", {"email": "no password"})
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("how", ["body", "chunks", "dripping"])
def test_half_sent_requests_get_408_and_hold_up_nobody(
    service: Running, stack: ExitStack, how: str
) -> None:
    workers = service.workers()
    held = hold(service, stack, HALF_SENT["body" if how == "dripping" else how])
    started = time.monotonic()
    while not held.answered() and time.monotonic() < started + SOON:
        if not held.answers:
            others_are_answered(service)
            if how == "dripping":
                held.drip()
        time.sleep(0.2)
    assert {answer.split(b"\r\n")[0] for answer in held.answers.values()} == {
        b"HTTP/1.1 408 Request Timeout"
    }
    assert all(b"application/problem+json" in answer for answer in held.answers.values())
    assert len(held.answers) == HELD
    assert service.workers() == workers


@pytest.mark.parametrize("sent", ["", f"{HEAD}X-"], ids=["nothing", "half a head"])
def test_connections_without_a_request_are_closed(
    service: Running, stack: ExitStack, sent: str
) -> None:
    held = hold(service, stack, sent)
    started = time.monotonic()
    while not held.answered() and time.monotonic() < started + SOON:
        if not held.answers:
            others_are_answered(service)
        time.sleep(0.2)
    assert len(held.answers) == HELD


def test_a_slow_but_complete_body_is_answered(service: Running, stack: ExitStack) -> None:
    url = urlsplit(service.url)
    body = b'{"email": "no password"}'
    connection = stack.enter_context(socket.create_connection((url.hostname, url.port), SOON))
    connection.sendall(f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body[:5])
    time.sleep(1)
    connection.sendall(body[5:])
    assert b" 422 " in connection.recv(65536).split(b"\r\n")[0]
