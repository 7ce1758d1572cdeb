"""Clients that ask all the time and record every answer, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from uuid import uuid4

PATIENCE = 20.0  # seconds for one answer
PAUSE = 0.02  # seconds between two requests of a client: replicas have capacity to spare
MOST = 60_000  # requests of one load
LONGEST = 120.0  # seconds of one load
SAFE = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked; ``mark`` is unique to a request that writes."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    Attributes:
        status: 0 if there was no answer.
        error: why there was none.
        at: when it was sent (``time.monotonic``).
        seconds: until the end of the answer.
    """

    request: Request
    status: int
    headers: dict[str, str]
    error: str
    at: float
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether the client got no answer, or one that says that the service failed."""
        return not self.status or self.status >= 500

    @property
    def problem(self) -> bool:
        """Whether it is a problem document."""
        return self.headers.get("content-type", "") == "application/problem+json"


def mixed(cookie: str, *, writing: bool = True) -> Callable[[], Request]:
    """Return what makes the requests of visitors: most read, some with a session, some write.

    Args:
        cookie: that of somebody who is signed in.
        writing: whether any of them write.
    """
    signed_in = {"Cookie": cookie}

    def make() -> Request:
        kind = random.random() * (1 if writing else 0.9)
        if kind < 0.4:
            return Request("GET", f"/api/posts?limit={random.randint(1, 40)}")
        if kind < 0.6:
            return Request("GET", f"/api/posts?limit={random.randint(1, 40)}", signed_in)
        if kind < 0.75:
            return Request("GET", f"/api/posts/{random.randint(1, 150)}")
        if kind < 0.8:
            return Request("GET", "/api/stats")
        if kind < 0.9:
            return Request("GET", "/api/session", signed_in)
        mark = uuid4().hex
        body = json.dumps({"title": mark, "body": "Text", "tags": ["load"]}).encode()
        headers = {**signed_in, "Content-Type": "application/json"}
        return Request("POST", "/api/posts", headers, body, mark)

    return make


class Load:
    """So many clients, each on a connection that it keeps, until the block ends.

    They run in a thread of their own: what a test does in the block happens meanwhile.
    """

    def __init__(
        self, port: int, make: Callable[[], Request], clients: int = 20, *, pause: float = PAUSE
    ) -> None:
        self.answers: list[Answer] = []
        self._port = port
        self._make = make
        self._clients = clients
        self._pause = pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for(self, answers: int) -> None:
        """Wait until there are so many answers more than now."""
        wanted = len(self.answers) + answers
        while len(self.answers) < wanted and self._thread.is_alive():
            time.sleep(0.05)
        assert len(self.answers) >= wanted, f"{len(self.answers)} answers when the time was over"

    def failures(self) -> list[Answer]:
        """Return the answers that are none, or that say that the service failed."""
        return [answer for answer in self.answers if answer.failed]

    def told(self) -> str:
        """Return what came of it, in words: for the message of a test that fails."""
        statuses = Counter((a.request.method, a.status, a.error) for a in self.answers)
        return "\n".join(f"{count} x {what}" for what, count in statuses.most_common())

    def percentile(self, share: float, answers: list[Answer] | None = None) -> float:
        """Return within how many seconds this share of the answers came."""
        times = sorted(answer.seconds for answer in answers or self.answers)
        return times[min(len(times) - 1, int(len(times) * share))]

    async def _run(self) -> None:
        await asyncio.gather(*(self._visit() for _ in range(self._clients)))

    def _goes_on(self) -> bool:
        return (
            not self._stop.is_set()
            and len(self.answers) < MOST
            and time.monotonic() - self._started < LONGEST
        )

    async def _visit(self) -> None:
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while self._goes_on():
            request = self._make()
            started, status, headers, error = time.monotonic(), 0, dict[str, str](), ""
            try:
                async with asyncio.timeout(PATIENCE):
                    if connection is None:
                        connection = await asyncio.open_connection("127.0.0.1", self._port)
                    reader, writer = connection
                    writer.write(self._encode(request))
                    status, headers = await read_answer(reader)
            except (OSError, EOFError, ValueError, TimeoutError) as reason:
                status, error = 0, repr(reason)
            seconds = time.monotonic() - started
            self.answers.append(Answer(request, status, headers, error, started, seconds))
            if connection and (error or headers.get("connection") == "close"):
                connection[1].close()
                connection = None
            await asyncio.sleep(self._pause)
        if connection:
            connection[1].close()

    def _encode(self, request: Request) -> bytes:
        headers = {"Host": f"127.0.0.1:{self._port}", **request.headers}
        if request.method not in SAFE:
            headers["Content-Length"] = str(len(request.body))
        lines = [f"{request.method} {request.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + request.body


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Read one answer to its end.

    Returns:
        Its status, and its headers with names in small letters.

    Raises:
        EOFError, OSError, ValueError: if the connection ends first.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    status = int(first.split(" ", 2)[1])
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    elif status not in (204, 304):
        await reader.readexactly(int(headers["content-length"]))
    return status, headers
