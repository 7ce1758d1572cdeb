"""Keeps a cache server that fails from failing or delaying the service."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Semaphore
from time import monotonic

import structlog

from .metrics import Result
from .store import MAX_COMMANDS, Store

PAUSE = 1.0  # seconds for which a failed server is passed by

logger = structlog.get_logger()


class StoreError(Exception):
    """The cache server has just failed ("error"), or is passed by since it did ("bypass")."""

    def __init__(self, result: Result) -> None:
        super().__init__(result)
        self.result = result


class Guard:
    """A circuit breaker around a store.

    After a failure every call is refused at once for PAUSE seconds; then one call tries the server
    while the others are still refused, and its success ends the outage.
    """

    def __init__(self, store: Store, before: Callable[[Store], None]) -> None:
        """Take the store, and what must succeed on it before each command."""
        self._store = store
        self._before = before
        self._turns = Semaphore(MAX_COMMANDS)
        self._lock = Lock()
        self._refused_until: float | None = None  # None: the server works, as far as is known

    def call[T](self, command: Callable[[Store], T]) -> T:
        """Run one command.

        Raises:
            StoreError: for every failure, whatever the store raised.
        """
        with self._turns:
            trial = self._admit()
            try:
                self._before(self._store)
                result = command(self._store)
            except Exception as error:
                self._failed(error)
                raise StoreError("error") from error
            if trial:
                with self._lock:
                    self._refused_until = None
                logger.info("cache server is back")
            return result

    def _admit(self) -> bool:
        """Let a command through; tell whether it is a trial after a failure."""
        if self._refused_until is None:
            return False
        with self._lock:
            if self._refused_until is None:
                return False
            now = monotonic()
            if now < self._refused_until:
                raise StoreError("bypass")
            self._refused_until = now + PAUSE
            return True

    def _failed(self, error: Exception) -> None:
        with self._lock:
            first = self._refused_until is None
            self._refused_until = monotonic() + PAUSE
        if first:
            logger.warning("cache server failed, passing it by", error=str(error) or repr(error))
