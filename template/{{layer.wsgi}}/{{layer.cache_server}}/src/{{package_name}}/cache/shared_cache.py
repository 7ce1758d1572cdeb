"""The cache of a service whose processes share a cache server."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from time import monotonic
from typing import Any, override

import structlog

from .cache import PATIENCE, Cache, about
from .entry import Entry
from .flight import Flight
from .guard import StoreError
from .lock import ServerLock
from .memory import Identity
from .metrics import Result
from .shared import Shared
from .stamps import Stamps
from .store import Store

# Between two looks for the entry that another process computes (seconds).
_FIRST_PAUSE, _LAST_PAUSE, _GROWTH = 0.01, 0.25, 1.5

# Stale entries are computed anew in so many threads; so many may wait for one of them. The others
# are served stale until there is room.
_REFRESHERS, _MAX_REFRESHES = 2, 32

logger = structlog.get_logger()


class SharedCache(Cache):
    """Three layers: the memory of this process, the cache server, and the computation.

    Callers share one computation across processes, too; a stale entry is served while it is made
    anew. No failure of the cache server reaches a caller: the answer is then computed.
    """

    def __init__(
        self,
        store: Store,
        *,
        namespace: str,
        staleness: float,
        clock: Callable[[], float] = time.time,
        background: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> None:
        """Make the cache; nothing is connected before its first use.

        Args:
            store: the cache server.
            namespace: keeps services apart that share a server.
            staleness: seconds for which an answer may miss a write, unless it is read fresh;
                0 turns the memory off.
            clock: the time in seconds since the epoch, alike on all machines.
            background: makes what surrounds a computation in a thread of the cache, where there is
                no request: what a framework sets up before one, and cleans up after it.
        """
        super().__init__(staleness=staleness, clock=clock)
        self._off = False
        self._shared = Shared(store, namespace)
        weakref.finalize(self, self._shared.close)  # at the latest when the process ends
        self._background = background
        self._refreshers = ThreadPoolExecutor(_REFRESHERS, thread_name_prefix="cache")
        self._refreshing: set[Identity] = set()

    @override
    def invalidate(self, *tags: str) -> None:
        # While the server cannot be reached, other processes may go on serving what it holds
        # (`Shared.invalidate`).
        self._shared.invalidate(tags)
        super().invalidate(*tags)

    @override
    def ping(self) -> None:
        self._shared.ping()

    @override
    def close(self) -> None:
        self._refreshers.shutdown(cancel_futures=True)
        self._shared.close()

    @override
    def _obtain(self, flight: Flight) -> tuple[Entry, Result]:
        lock = self._shared.lock(flight.wanted.identity)
        try:
            try:
                entry, stamps = self._find(flight, lock)
            except StoreError as unavailable:
                result = unavailable.result
            else:
                if entry is not None:
                    return entry, self._found(flight, entry)
                return self._renew(flight, stamps), "miss"
            entry, _ = super()._obtain(flight)
            return entry, result
        finally:
            lock.release()

    def _find(self, flight: Flight, lock: ServerLock) -> tuple[Entry | None, dict[str, str]]:
        """Look for the entry until it is there, the lock is ours, or patience is at an end.

        Returns the entry, or the stamps with which to compute it.
        """
        deadline = monotonic() + PATIENCE
        pause = _FIRST_PAUSE
        entry, stamps = self._read(flight)
        while entry is None and monotonic() < deadline:
            flight.reopen()
            if lock.acquire():
                # The holder before us may have left the entry since we looked.
                entry, stamps = self._read(flight)
                break
            time.sleep(about(pause, 0.5))
            pause = min(pause * _GROWTH, _LAST_PAUSE)
            entry, stamps = self._read(flight)
        return entry, {} if entry else self._shared.stamp(stamps)

    def _read(self, flight: Flight) -> tuple[Entry | None, Stamps]:
        """Read the entry, if it is valid and not too old, and the stamps."""
        wanted = flight.wanted
        flight.begin()
        entry, stamps = self._shared.read(wanted.identity, wanted.tags)
        if entry is not None and self._clock() >= entry.expires + wanted.stale:
            entry = None
        return entry, stamps

    def _found(self, flight: Flight, entry: Entry) -> Result:
        """Keep what the cache server had, and have it computed anew if it is stale."""
        wanted = flight.wanted
        if self._clock() < entry.expires:
            self._keep(flight, entry, entry.expires)
            return "hit"
        self._keep(flight, entry, entry.expires + wanted.stale)
        with self._lock:
            if wanted.identity in self._refreshing or len(self._refreshing) >= _MAX_REFRESHES:
                return "stale"
            self._refreshing.add(wanted.identity)
        try:
            self._refreshers.submit(self._refresh, Flight(wanted))
        except RuntimeError:  # closed, or there is no thread to be had
            with self._lock:
                self._refreshing.discard(wanted.identity)
        return "stale"

    def _refresh(self, flight: Flight) -> None:
        """Compute a stale entry anew, unless another process is at it."""
        identity = flight.wanted.identity
        lock = self._shared.lock(identity)
        with self._lock:
            self._flights.add(flight)
        try:
            if lock.acquire():
                entry, stamps = self._read(flight)
                if entry is not None and self._clock() < entry.expires:
                    self._keep(flight, entry, entry.expires)
                else:
                    with self._background():
                        self._renew(flight, self._shared.stamp(stamps))
        except StoreError:
            pass  # whoever next asks computes it
        except Exception:
            logger.warning("stale cache entry not renewed", cache=identity[0], exc_info=True)
        finally:
            with self._lock:
                self._flights.discard(flight)
                self._refreshing.discard(identity)
            lock.release()

    def _renew(self, flight: Flight, stamps: dict[str, str]) -> Entry:
        """Compute the entry, and put it where all processes find it."""
        wanted = flight.wanted
        entry = self._compute(wanted, stamps)
        lifetime = entry.expires + wanted.stale - self._clock()
        with suppress(StoreError):
            self._shared.write(wanted.identity, entry, lifetime)
        self._keep(flight, entry, entry.expires)
        return entry
