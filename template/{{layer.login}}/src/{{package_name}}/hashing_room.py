"""Room for hashing passwords: a bound on memory and waiting, half of it kept for logins."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from .config.cores import usable_cores

# Each computation takes 64 MiB while it lasts: with two, a worker still is below the 256 MiB of
# compose.yaml (WEB_WORKERS_MAX_RSS). More cores have workers of their own.
AT_ONCE = min(usable_cores(), 2)
PATIENCE = 1.0  # seconds that a request waits for its turn
SECONDS = 0.1  # what a hash is thought to take before the first
RETRY_AFTER = 2  # seconds


class PasswordsBusy(Exception):
    """Too many passwords wait to be hashed: ask again in ``RETRY_AFTER`` seconds."""


class Room:
    """Hashes ``at_once``, and lets in no more than get their turn soon and ``most`` in any case.

    Registrations, and whatever else is no login, may use half of both.
    """

    def __init__(self, at_once: int, most: int, request_timeout: float) -> None:
        self._at_once = {True: at_once, False: max(1, at_once // 2)}  # by whether it is a login
        self._most = {True: most, False: max(1, most // 2)}
        self._patience = min(PATIENCE, request_timeout / 2)
        self._seconds = SECONDS  # the mean of late
        self._turns = Turns(at_once)
        self._turns_of_others = Turns(self._at_once[False])
        self._lock = threading.Lock()  # guards what follows
        self._inside = {True: 0, False: 0}

    def enter(self, *, login: bool) -> None:
        """Take a place in the room.

        Raises:
            PasswordsBusy: at once.
        """
        with self._lock:
            inside = self._inside[login]
            wait = inside // self._at_once[login] * self._seconds
            if wait > self._patience or inside >= self._most[login]:
                raise PasswordsBusy
            if sum(self._inside.values()) >= self._most[True]:
                raise PasswordsBusy
            self._inside[login] += 1

    def leave(self, *, login: bool) -> None:
        """Give the place back."""
        with self._lock:
            self._inside[login] -= 1

    @contextmanager
    def turn(self, *, login: bool) -> Iterator[None]:
        """Wait in the room, and run the block when it is its turn."""
        with nullcontext() if login else self._turns_of_others, self._turns:
            started = time.monotonic()
            yield
            self._seconds = (self._seconds + time.monotonic() - started) / 2


class Turns:
    """A semaphore that keeps the order: a thread that comes back does not overtake the others."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._queue: deque[threading.Lock] = deque()
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        """Wait for a turn."""
        with self._lock:
            if self._free:
                self._free -= 1
                return
            mine = threading.Lock()
            mine.acquire()
            self._queue.append(mine)
        mine.acquire()

    def __exit__(self, *_: object) -> None:
        """Pass the turn on."""
        with self._lock:
            if self._queue:
                self._queue.popleft().release()
            else:
                self._free += 1
