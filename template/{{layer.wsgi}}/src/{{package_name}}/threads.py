"""The server's threads, and how slow clients are kept from using them up.

Granian gives each request a thread. Reading a body there, or sending a stream, takes as long as the
client likes (its issue 728), so a few half-sent requests would stop a worker of 16 threads. It has
more threads than answer requests at once. The others rest, and step in for those that wait for a
client. Resting threads cost nothing, while running ones would slow each other down.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from granian.server import mp
from granian.wsgi import _callback_wrapper

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

WAITING = 128  # threads of a worker that may wait for clients at the same time

Serve = Callable[[Any, "WSGIEnvironment"], Any]


class Threads:
    """Counts what the server's threads do, so that ``most`` of them are free to answer.

    Args:
        most: threads that answer requests at once.
        pause: is called in a thread that will not work for a while, to give back what it holds.
    """

    def __init__(self, most: int, pause: Callable[[], None]) -> None:
        self.turns = threading.Semaphore(most)  # held while a request is answered
        self._most = most
        self._pause = pause
        self._lock = threading.Lock()  # guards the counts
        self._busy = 0  # threads with a request
        self._waiting = 0  # those of them that wait for a client
        self._resting = 0
        self._needed = threading.Semaphore(0)  # each release wakes one that rests

    def serving(self, serve: Serve, **known: Any) -> Serve:
        """Return what serves one request in a thread of the server, which may rest after it.

        Args:
            serve: calls the application and sends what it returns.
            known: is added to the ``environ`` of each request.
        """

        def serve_and_rest(proto: Any, environ: WSGIEnvironment) -> None:
            with self._lock:
                self._busy += 1
            # After a body that is left unread, the server closes the connection when this returns.
            may_rest = "CONTENT_LENGTH" not in environ and "HTTP_TRANSFER_ENCODING" not in environ
            environ.update(known)
            try:
                serve(proto, environ)
            finally:
                self._end(may_rest)

        return serve_and_rest

    def begin_to_wait(self) -> bool:
        """Let another thread step in for this one; ``False``: too many wait already."""
        with self._lock:
            if self._waiting >= WAITING:
                return False
            self._waiting += 1
            if self._resting:
                self._resting -= 1
                self._needed.release()
            crowded = self._waiting > self._most
        if crowded:
            self._pause()
        return True

    def end_to_wait(self) -> None:
        """Count this thread among those that answer again."""
        with self._lock:
            self._waiting -= 1

    def all_wait(self) -> bool:
        """Return whether no more threads may wait for clients."""
        return self._waiting >= WAITING

    def _end(self, may_rest: bool) -> None:
        with self._lock:
            rest = may_rest and self._busy - self._waiting > self._most
            self._busy -= 1
            self._resting += rest
        if rest:
            self._pause()
            self._needed.acquire()


def use_threads(threads: Threads, **known: Any) -> None:
    """Have the worker that Granian starts next in this process use its threads this way."""

    def wrap_with_rest(*arguments: Any) -> Serve:
        return threads.serving(_callback_wrapper(*arguments), threads=threads, **known)

    # Granian has no hook at the end of a request: its own wrapper calls the application and sends.
    mp._wsgi_call_wrap = wrap_with_rest  # type: ignore[assignment, attr-defined]
