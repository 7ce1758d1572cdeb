"""Notices requests that hang: says where, and has the worker replaced if they stay so.

A thread cannot be stopped from outside, so whatever waits must have a timeout of its own, and all
of these are smaller than REQUEST_TIMEOUT. A request that takes longer hangs in something that has
none, or computes for ever. It keeps its thread, and a worker without a free thread answers nobody.
Granian looks after workers that die, not after those.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

import structlog

from . import metric_storage, saturation, tally
from .guard import Guard
from .orphan import OrphanCheck
from .stacks import stacks
from .wsgi_problem import request_path

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

INTERVAL = 0.25  # seconds between two looks
GRACE = 5.0  # seconds that the other requests have to end before the process does

_at_work: dict[int, WSGIEnvironment] = {}  # by thread, the request that it answers


class WatchMiddleware:
    """Note which thread is at which request, until the answer begins.

    What comes before and after, reading the body and sending a stream, takes as long as the client
    likes.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request (WSGI)."""
        thread = threading.get_ident()
        _at_work[thread] = environ
        try:
            return self.app(environ, start_response)
        finally:
            del _at_work[thread]


def busy_threads() -> int:
    """Return how many threads are at a request."""
    return len(_at_work)


class Watchdog:
    """Watches the requests of this process.

    Args:
        warning: seconds after which a request is logged, once, with the stacks of all threads.
        limit: seconds after which the process stops to take requests and, when only those that
            hang are left, is ended by SIGALRM, its stacks going to stderr; the server starts a new
            worker. The same happens, at once, if no Python code could run for so long. None: never,
            as one wants it with a debugger.
    """

    def __init__(self, warning: float, limit: float | None) -> None:
        self._warning = warning
        self._limit = limit
        self._interval = min(INTERVAL, warning / 4)
        self._orphan_check = OrphanCheck()
        self._stopped = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Watch from now on."""
        self._guard = Guard(self._limit) if self._limit else None
        self._watcher.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()
        self._watcher.join()
        tally.add_up()
        if self._guard:
            self._guard.stop()

    def _watch(self) -> None:
        """Count how long each request takes; runs in a thread.

        The seconds are counted, not read from a clock, because time in which the whole process was
        stopped does not count.
        """
        watched: dict[int, tuple[WSGIEnvironment, float]] = {}
        while not self._stopped.wait(self._interval):
            self._orphan_check.run()
            if self._guard:
                self._guard.beat()
            saturation.sample()
            tally.add_up()
            metric_storage.keep()
            before, watched = watched, {}
            for thread, environ in _at_work.copy().items():
                known, seconds = before.get(thread, (None, 0.0))
                watched[thread] = environ, seconds + self._interval if known is environ else 0.0
            ages = {thread: seconds for thread, (_, seconds) in watched.items()}
            late = {
                thread: watched[thread][0]
                for thread, seconds in ages.items()
                if seconds - self._interval < self._warning <= seconds
            }
            if late:
                self._warn(late)
            hanging = {thread for thread, seconds in ages.items() if self._is_over(seconds)}
            if hanging:
                self._end(hanging)

    def _warn(self, late: dict[int, WSGIEnvironment]) -> None:
        requests = [
            {
                "request_id": environ.get("request_id"),
                "method": environ["REQUEST_METHOD"],
                "path": request_path(environ),
            }
            for environ in late.values()
        ]
        log.error("requests hang", seconds=self._warning, requests=requests, stacks=stacks(late))

    def _is_over(self, seconds: float) -> bool:
        return self._limit is not None and seconds >= self._limit

    def _end(self, hanging: set[int]) -> None:
        """End this process, but let the other requests end first."""
        log.critical("worker is given up", hanging=len(hanging))
        os.kill(os.getpid(), signal.SIGTERM)  # the server takes no more connections
        waited = 0.0
        while waited < GRACE and not self._stopped.wait(self._interval):
            waited += self._interval
            if set(_at_work.copy()) <= hanging:
                break
        os.kill(os.getpid(), signal.SIGALRM)
