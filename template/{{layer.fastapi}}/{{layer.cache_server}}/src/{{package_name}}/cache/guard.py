"""Keeps a cache server that fails from failing or delaying the service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog

from .metrics import Result
from .store import MAX_COMMANDS, Store, Unwritable

PAUSE = 1.0  # seconds for which a failed server is bypassed
LONG = 5.0  # seconds; in a longer outage another process may have died with its invalidations
_LATE = 0.03  # seconds; a timeout noticed later than this is due to this process, not the server

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
        self, store: Store, before: Callable[[Store], Awaitable[None]], doubt: Callable[[], None]
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
        self._turns = asyncio.Semaphore(MAX_COMMANDS)  # waiting here does not count as the server's
        self._refused_until: float | None = None  # None: the server works, as far as is known
        self._since = 0.0  # when the outage began
        self._reason = ""

    async def call[T](
        self, command: Callable[[Store], Awaitable[T]], *, at_once: bool = False
    ) -> T:
        """Run one command within the store's timeout.

        Args:
            command: is given the store.
            at_once: try a failed server before the pause is over.

        Raises:
            StoreError: for every failure, whatever the store raised.
        """
        async with self._turns:
            return await self._try(command, at_once)

    async def _try[T](self, command: Callable[[Store], Awaitable[T]], at_once: bool) -> T:
        started = monotonic()
        trial = self._refused_until is not None
        if self._refused_until is not None:
            if started < self._refused_until and not at_once:
                raise StoreError("bypass", self._reason)
            self._refused_until = started + PAUSE
        try:
            async with asyncio.timeout(self._store.timeout):
                if trial:
                    await self._store.ping()
                await self._before(self._store)
                result = await command(self._store)
        except Exception as error:
            late = monotonic() - started - self._store.timeout
            if not (isinstance(error, TimeoutError) and late > _LATE):
                self._failed(error)
            raise StoreError("error", _text(error)) from error
        if trial and self._refused_until is not None:
            self._refused_until = None
            logger.info("cache server is back")
        return result

    def _failed(self, error: Exception) -> None:
        now = monotonic()
        self._reason = _text(error)
        if self._refused_until is None:
            self._since = now
            logger.warning("cache server failed, bypassing it", error=self._reason)
        self._refused_until = now + PAUSE
        if isinstance(error, Unwritable) or now - self._since > LONG:
            self._doubt()


def _text(error: Exception) -> str:
    return str(error) or repr(error)
