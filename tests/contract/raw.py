"""Requests byte by byte, for what no client library sends; and many at once."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from .deployment import Deployment

TIMEOUT = 60.0  # seconds


@dataclass(frozen=True)
class Answer:
    """An answer as it came; ``headers`` have lower-case names."""

    status_code: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.content)


def read(connection: socket.socket, method: str = "GET") -> Answer:
    """Read one answer from a connection.

    Raises:
        http.client.HTTPException, OSError: if the server closes without one.
    """
    response = http.client.HTTPResponse(connection, method=method)
    try:
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())
    finally:
        response.close()


def send(deployment: Deployment, *chunks: bytes, method: str = "GET") -> Answer | None:
    """Send bytes on a new connection; return the answer, None if the server only closes.

    The server may answer and close before it has read everything: that is no error.
    """
    with socket.create_connection((deployment.host, deployment.port), TIMEOUT) as connection:
        try:
            for chunk in chunks:
                connection.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            return read(connection, method)
        except (http.client.RemoteDisconnected, ConnectionResetError):
            return None


def head(
    deployment: Deployment, method: bytes, target: bytes, fields: Iterable[tuple[bytes, bytes]] = ()
) -> bytes:
    """Return the head of a request, whatever is in it."""
    lines = [
        method + b" " + target + b" HTTP/1.1",
        b"Host: " + deployment.authority.encode(),
        *(name + b": " + value for name, value in fields),
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def request(
    deployment: Deployment, method: str, path: str, body: Any = None, cookie: str = ""
) -> bytes:
    """Return a request that closes its connection, with a JSON body if there is one."""
    content = b"" if body is None else json.dumps(body).encode()
    fields = [(b"Connection", b"close")]
    if cookie:
        fields.append((b"Cookie", cookie.encode()))
    if content:
        fields.append((b"Content-Type", b"application/json"))
        fields.append((b"Content-Length", str(len(content)).encode()))
    return head(deployment, method.encode(), path.encode(), fields) + content


def burst(deployment: Deployment, requests: Sequence[bytes]) -> list[Answer]:
    """Send requests at once, each on a connection of its own; return their answers, in order.

    All but the last byte goes ahead, and the last bytes follow within a millisecond or two: one
    after the other, complete requests would come too slowly to meet in the service.
    """
    address = deployment.host, deployment.port
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(address, TIMEOUT)) for _ in requests
        ]
        for connection, data in zip(connections, requests, strict=True):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(data[:-1])
        time.sleep(0.2)  # until the service has read them
        for connection, data in zip(connections, requests, strict=True):
            connection.sendall(data[-1:])
        return [read(connection) for connection in connections]
