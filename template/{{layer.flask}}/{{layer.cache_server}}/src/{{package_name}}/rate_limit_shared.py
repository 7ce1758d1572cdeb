"""Hits counted in a server, or in the process while that server fails."""

from __future__ import annotations

from time import monotonic
from typing import Any, cast, override

import structlog
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.storage.base import SlidingWindowCounterSupport

log = structlog.get_logger(__name__)

PAUSE = 1.0  # seconds for which counters that failed are bypassed
URI = "shared://"


class SharedCounters(Storage, SlidingWindowCounterSupport):
    """Counters of all processes in a server. If it fails, each process counts by itself.

    The limiter's own fallback asks a failed server again after up to 32 seconds, and takes one that
    only answers for one that counts.
    """

    STORAGE_SCHEME = ["shared"]  # noqa: RUF012 - the library does not declare it as the class's
    base_exceptions = Exception

    def __init__(self, uri: str, *, server: str, **options: Any) -> None:
        """Take the server's address, and options for its storage."""
        super().__init__(uri)
        shared = storage_from_string(server, **options)
        self._shared = cast("MemoryStorage", shared)  # or another one with the same methods
        self._own = MemoryStorage()
        self.failing = False
        self._paused_until = 0.0

    @override
    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """Count a hit, unless it is one too many; return whether it was counted."""
        now = monotonic()
        if now >= self._paused_until:
            if self.failing:
                self._paused_until = now + PAUSE  # this one tries; the others need not wait for it
            try:
                counted = self._shared.acquire_sliding_window_entry(key, limit, expiry, amount)
            except Exception as error:  # whatever a client raises
                self._failed(error)
            else:
                self._works()
                return counted
        return self._own.acquire_sliding_window_entry(key, limit, expiry, amount)

    @override
    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return the hits in the last window and in this one, and when each ends."""
        if not self.failing:
            return self._shared.get_sliding_window(key, expiry)
        return self._own.get_sliding_window(key, expiry)

    @override
    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget the hits."""
        self._own.clear_sliding_window(key, expiry)
        self._shared.clear_sliding_window(key, expiry)

    @override
    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a counter of a fixed window; return the sum."""
        return self._shared.incr(key, expiry, amount)

    @override
    def get(self, key: str) -> int:
        """Return the value of such a counter."""
        return self._shared.get(key)

    @override
    def get_expiry(self, key: str) -> float:
        """Return when it ends."""
        return self._shared.get_expiry(key)

    @override
    def check(self) -> bool:
        """Return whether hits can be counted, which is always so."""
        return True

    @override
    def reset(self) -> int | None:
        """Forget all hits."""
        self._own.reset()
        return self._shared.reset()

    @override
    def clear(self, key: str) -> None:
        """Forget such a counter."""
        self._shared.clear(key)

    def _works(self) -> None:
        if self.failing:
            self.failing = False
            self._paused_until = 0.0
            log.info("rate limits are shared again")

    def _failed(self, error: Exception) -> None:
        self._paused_until = monotonic() + PAUSE
        if not self.failing:
            self.failing = True
            log.warning("shared rate limits failed, counting in the process", error=repr(error))
