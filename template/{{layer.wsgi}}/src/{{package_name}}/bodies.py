"""Reads the bodies of requests, and gives up those that do not come in time."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .connections import hang_up

if TYPE_CHECKING:
    from wsgiref.types import InputStream

    from .threads import Threads

INTERVAL = 0.25  # seconds between two looks
PRESSED = 1.0  # seconds for a body while no more threads may wait for one


class TooManyBodies(Exception):
    """Too many bodies are being read already."""


@dataclass
class Reading:
    """A body that is being read."""

    peer: str
    since: float  # monotonic clock
    late: bool = False  # the end may be cut off


class Bodies:
    """Reads bodies, each in the thread that asks for it, for at most ``timeout`` seconds."""

    def __init__(self, threads: Threads, timeout: float) -> None:
        self._threads = threads
        self._timeout = timeout
        self._readings: dict[int, Reading] = {}
        threading.Thread(target=self._watch, name="bodies", daemon=True).start()

    def read(self, stream: InputStream, size: int, announced: int | None, peer: str) -> bytes:
        """Return at most ``size`` bytes of a body.

        Args:
            stream: of the server, which waits for as long as the client likes.
            size: in bytes.
            announced: the length of the body, if the client said it.
            peer: the address that holds the connection.

        Raises:
            TimeoutError: they did not all come in time.
            TooManyBodies: at once.
        """
        if not self._threads.begin_to_wait():
            raise TooManyBodies
        reading = Reading(peer, time.monotonic())
        self._readings[id(reading)] = reading
        try:
            content = stream.read(size)
        finally:
            del self._readings[id(reading)]
            self._threads.end_to_wait()
        if reading.late and (announced is None or len(content) < announced):
            raise TimeoutError
        return content

    def _watch(self) -> None:
        while True:
            time.sleep(INTERVAL)
            patience = PRESSED if self._threads.all_wait() else self._timeout
            deadline = time.monotonic() - patience
            readings = list(self._readings.values())
            late = {reading.peer: patience for reading in readings if reading.since <= deadline}
            if late:
                for reading in readings:
                    reading.late = reading.late or reading.peer in late
                hang_up(late)
