"""The right to compute one entry, held by one process at a time."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic

from .guard import Guard, StoreError

LOCK_TTL = 5.0  # seconds after which the lock of a process that died is free again

# The holder removes the lock only while it is surely its own: a server may count whole seconds,
# and the command takes time. Otherwise the lock is left to expire.
_MARGIN = 1.0


class ServerLock:
    """A lock that bounds work; it does not guard data, so losing one costs a second computation."""

    def __init__(self, guard: Guard, key: str) -> None:
        self._guard = guard
        self._key = key
        self._own_until = 0.0

    def acquire(self) -> bool:
        """Try to take the lock, once.

        Raises:
            StoreError: the cache server failed.
        """
        started = monotonic()
        if not self._guard.call(lambda store: store.add(self._key, b"1", LOCK_TTL)):
            return False
        self._own_until = started + LOCK_TTL - _MARGIN
        return True

    def release(self) -> None:
        """Give the lock back, if it was taken; never raises."""
        if monotonic() < self._own_until:
            self._own_until = 0.0
            with suppress(StoreError):
                self._guard.call(lambda store: store.delete_many([self._key]))
