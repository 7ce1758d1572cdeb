"""Keeps a cache server that fails from failing or delaying the service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog

from .metrics import Result
from .store import MAX_COMMANDS, Store

PAUSE = 1.0  # seconds for which a failed server is passed by
_LATE = 0.03  # seconds; a timeout noticed later than this is due to this process, not the server

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

    def __init__(self, store: Store, before: Callable[[Store], Awaitable[None]]) -> None:
        """Take the store, and what must succeed on it before each command."""
        self._store = store
        self._before = before
        self._turns = asyncio.Semaphore(MAX_COMMANDS)  # waiting here does not count as the server's
        self._refused_until: float | None = None  # None: the server works, as far as is known

    async def call[T](self, command: Callable[[Store], Awaitable[T]]) -> T:
        """Run one command within the store's timeout.

        Raises:
            StoreError: for every failure, whatever the store raised.
        """
        async with self._turns:
            return await self._try(command)

    async def _try[T](self, command: Callable[[Store], Awaitable[T]]) -> T:
        started = monotonic()
        trial = self._refused_until is not None
        if self._refused_until is not None:
            if started < self._refused_until:
                raise StoreError("bypass")
            self._refused_until = started + PAUSE
        try:
            async with asyncio.timeout(self._store.timeout):
                await self._before(self._store)
                result = await command(self._store)
        except Exception as error:
            late = monotonic() - started - self._store.timeout
            if not (isinstance(error, TimeoutError) and late > _LATE):
                self._failed(error)
            raise StoreError("error") from error
        if trial:
            self._refused_until = None
            logger.info("cache server is back")
        return result

    def _failed(self, error: Exception) -> None:
        if self._refused_until is None:
            logger.warning("cache server failed, passing it by", error=str(error) or repr(error))
        self._refused_until = monotonic() + PAUSE
