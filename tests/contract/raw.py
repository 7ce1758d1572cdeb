"""Requests byte by byte, for what no client library sends; and many at once."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from .deployment import Deployment

TIMEOUT = 20.0  # seconds


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


def burst(
    deployment: Deployment, count: int, method: str, path: str, json_body: Any = None
) -> list[Answer]:
    """Send the same request ``count`` times at once, each on a connection that is open already."""
    body = None if json_body is None else json.dumps(json_body)
    headers = {} if body is None else {"Content-Type": "application/json"}
    everybody = threading.Barrier(count)

    def one(_: int) -> Answer:
        connection = http.client.HTTPConnection(deployment.host, deployment.port, timeout=60)
        try:
            connection.connect()
            everybody.wait(timeout=30)
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, fields, response.read())
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))
