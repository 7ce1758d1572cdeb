"""Keeps a cache server that fails from failing or delaying the service."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Semaphore
from time import monotonic

import structlog

from .metrics import Result
from .store import MAX_COMMANDS, Store, Unwritable

PAUSE = 1.0  # seconds for which a failed server is bypassed
LONG = 5.0  # seconds; in a longer outage another process may have died with its invalidations

logger = structlog.get_logger()


class StoreError(Exception):
    """The cache server has just failed ("error"), or is bypassed since it did ("bypass")."""

    def __init__(self, result: Result, reason: str) -> None:
        super().__init__(result, reason)
        self.result = result


class Guard:
    """A circuit breaker around a store.

    After a failure every call is refused at once for PAUSE seconds; then one call tries the server
    while the others are still refused, and its success ends the outage. It succeeds only if the
    server takes writes: what is read from one that does not may miss an invalidation.
    """

    def __init__(
        self, store: Store, before: Callable[[Store], None], doubt: Callable[[], None]
    ) -> None:
        """Make the guard.

        Args:
            store: the cache server.
            before: must succeed on it before each command.
            doubt: notes that the server may lack invalidations of processes that are gone.
        """
        self._store = store
        self._before = before
        self._doubt = doubt
        self._turns = Semaphore(MAX_COMMANDS)
        self._lock = Lock()  # guards what follows
        self._refused_until: float | None = None  # None: the server works, as far as is known
        self._since = 0.0  # when the outage began
        self._reason = ""

    def call[T](self, command: Callable[[Store], T], *, at_once: bool = False) -> T:
        """Run one command.

        Args:
            command: is given the store.
            at_once: try a failed server before the pause is over.

        Raises:
            StoreError: for every failure, whatever the store raised.
        """
        with self._turns:
            trial = self._admit(at_once)
            try:
                if trial:
                    self._store.ping()
                self._before(self._store)
                result = command(self._store)
            except Exception as error:
                self._failed(error)
                raise StoreError("error", _text(error)) from error
            if trial:
                self._works()
            return result

    def _admit(self, at_once: bool) -> bool:
        """Let a command through; return whether it is a trial after a failure."""
        if self._refused_until is None:
            return False
        with self._lock:
            if self._refused_until is None:
                return False
            now = monotonic()
            if now < self._refused_until and not at_once:
                raise StoreError("bypass", self._reason)
            self._refused_until = now + PAUSE
            return True

    def _works(self) -> None:
        with self._lock:
            again, self._refused_until = self._refused_until is not None, None
        if again:
            logger.info("cache server is back")

    def _failed(self, error: Exception) -> None:
        now = monotonic()
        with self._lock:
            first = self._refused_until is None
            if first:
                self._since = now
            self._refused_until = now + PAUSE
            self._reason = _text(error)
            long = now - self._since > LONG
        if first:
            logger.warning("cache server failed, bypassing it", error=_text(error))
        if long or isinstance(error, Unwritable):
            self._doubt()


def _text(error: Exception) -> str:
    return str(error) or repr(error)
