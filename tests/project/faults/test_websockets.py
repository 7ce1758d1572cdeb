"""WebSocket routes of an owner: refused until turned on, and then checked like requests."""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from servers.ports import free_port

from ..blocking import CHANGES
from ..service import Running
from .host import Host, started
from .observing import eventually, log_lines

EXTENSION = """
from fastapi import FastAPI, WebSocket

from .resources import ResourcesDep
from .sessions import load_session


def extend(app: FastAPI) -> None:
    @app.websocket("/echo/{room}")
    async def echo(socket: WebSocket, resources: ResourcesDep) -> None:
        session = await load_session(socket)
        await socket.accept()
        await socket.send_text(str(session.get("visits")))
        await socket.receive_text()
        raise RuntimeError("a bug")
"""


@dataclass
class Handshake:
    """The answer to a handshake, and its connection."""

    status: int
    head: str
    connection: socket.socket

    def receive(self) -> bytes:
        """Return the payload of a short frame."""
        _, length = self._read(1), self._read(1)[0]
        return self._read(length)

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            data += self.connection.recv(length - len(data)) or pytest.fail("closed")
        return data


def shake_hands(service: Running, path: str = "/echo/7", **headers: str) -> Handshake:
    """Ask for a WebSocket."""
    address, _, port = service.url.removeprefix("http://").partition(":")
    lines = {
        "Host": f"{address}:{port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    connection = socket.create_connection((address, int(port)), timeout=30)
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    connection.sendall(f"GET {path} HTTP/1.1\r\n{text}\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1) or pytest.fail("closed")
    return Handshake(int(head.split()[1]), head.decode().lower(), connection)


@pytest.fixture
def fastapi(host: Host) -> Iterator[Host]:
    """A host whose extension has a WebSocket route."""
    if host.change is not CHANGES["fastapi"]:
        pytest.skip("WSGI has no WebSockets")
    extension = Path(host.project.path, "src", host.project.package, "extension.py")
    before = extension.read_text()
    extension.write_text(EXTENSION)
    yield host
    extension.write_text(before)


def test_websockets_are_off_until_they_are_turned_on(fastapi: Host) -> None:
    with started(fastapi.project, free_port()) as service:
        service.wait_until_ready()
        handshake = shake_hands(service)
        with closing(handshake.connection):
            assert handshake.status == 404
            assert "application/problem+json" in handshake.head


def test_a_websocket_is_checked_logged_and_counted(fastapi: Host) -> None:
    port, variables = free_port(), {"WEBSOCKETS": "true", "LOG_REQUESTS": "all"}
    with started(fastapi.project, port, **variables) as service:
        service.wait_until_ready()
        cookie = service.get("/api/session").headers["set-cookie"].partition(";")[0]
        for status, headers in (
            (400, {"Host": "evil.example"}),
            (403, {"Origin": "https://evil.example", "Cookie": cookie}),
            (403, {"Sec_Fetch_Site": "cross-site", "Cookie": cookie}),
        ):
            refused = shake_hands(service, **headers)
            with closing(refused.connection):
                assert refused.status == status, headers
                assert "x-request-id: " in refused.head
                assert "application/problem+json" in refused.head
        unknown = shake_hands(service, "/no/such")
        with closing(unknown.connection):
            assert unknown.status == 403

        origin = {"Origin": service.url, "Cookie": cookie}
        first, second = shake_hands(service, **origin), shake_hands(service, **origin)
        with closing(first.connection), closing(second.connection):
            assert (first.status, second.status) == (101, 101)
            assert first.receive() == b"1", "the session's visits"
            first.connection.sendall(b"\x81\x80\0\0\0\0")  # an empty text: the route fails
            assert first.receive()[:2] == (1011).to_bytes(2), "internal error"
            pattern = 'http_requests_total{method="GET",route="/echo/{room}",status="101"} 2.0'
            eventually(lambda: pattern in service.get("/metrics").text)
            told = [line for line in log_lines(service) if line.get("path") == "/echo/7"]
            assert sorted(line["status"] for line in told) == [101, 101, 400, 403, 403]
            assert all(line["request_id"] for line in told)
            [crash] = [line for line in log_lines(service) if "a bug" in line.get("exception", "")]
            assert crash["request_id"] in {line["request_id"] for line in told}
            assert service.stop() == 0, "an open WebSocket does not delay a stop"
