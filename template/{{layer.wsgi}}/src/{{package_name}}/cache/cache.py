"""Answers computed once for all processes, kept, and dropped when a write makes them wrong."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext, suppress
from random import uniform
from threading import Lock
from time import monotonic
from typing import Any

import structlog

from . import metrics
from .entry import Entry, new_entry
from .flight import Flight, Wanted
from .guard import StoreError
from .lock import LOCK_TTL, ServerLock
from .memory import Identity, Memory
from .metrics import Result
from .shared import Shared, Stamps
from .store import Store

PATIENCE = LOCK_TTL + 1.0  # seconds to wait for whoever computes; more than a dead one's lock lasts

# Between two looks for the entry that another process computes (seconds).
_FIRST_PAUSE, _LAST_PAUSE, _GROWTH = 0.01, 0.25, 1.5

_JITTER = 0.1  # share of a lifetime by which it varies, so that entries do not expire together

# Stale entries are computed anew in so many threads; so many may wait for one of them. The others
# are served stale until there is room.
_REFRESHERS, _MAX_REFRESHES = 2, 32

logger = structlog.get_logger()


class Cache:
    """Three layers: this process for a moment, the cache server, the computation.

    No failure of the cache server reaches a caller: the answer is then computed. The threads of a
    process share one cache.
    """

    def __init__(
        self,
        store: Store | None,
        *,
        namespace: str,
        staleness: float,
        clock: Callable[[], float] = time.time,
        background: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> None:
        """Make the cache; nothing is connected before its first use.

        Args:
            store: the cache server; None keeps answers in this process only.
            namespace: keeps services apart that share a server.
            staleness: seconds for which an answer may miss a write, unless it is read fresh;
                0 turns the layer in the process off.
            clock: the time in seconds since the epoch, alike on all machines.
            background: makes what surrounds a computation in a thread of the cache, where there is
                no request: what a framework sets up before one, and cleans up after it.
        """
        self._shared = Shared(store, namespace) if store else None
        if self._shared is not None:
            weakref.finalize(self, self._shared.close)  # at the latest when the process ends
        self._staleness = staleness
        self._off = store is None and staleness <= 0
        self._clock = clock
        self._background = background
        self._refreshers = ThreadPoolExecutor(_REFRESHERS, thread_name_prefix="cache")
        self._lock = Lock()  # guards what follows; never held while a thread waits or computes
        self._memory = Memory()
        self._newest: dict[Identity, Flight] = {}  # what a caller may join
        self._flights: set[Flight] = set()
        self._refreshing: set[Identity] = set()

    def get_or_compute(
        self,
        name: str,
        key: str,
        compute: Callable[[], bytes],
        *,
        ttl: float,
        stale: float,
        tags: Sequence[str],
        fresh: bool = False,
    ) -> Entry:
        """Return the entry of ``key``; compute it if there is none.

        Concurrent callers share one computation, across processes too. It runs in the thread of the
        first of them, or in one of the cache's own when the entry is stale.

        Args:
            name: which cache, a word; the metrics' label.
            key: which answer, any text.
            compute: makes the serialised body.
            ttl: seconds for which the entry is good, give or take a tenth.
            stale: seconds more for which it is still served while it is computed anew.
            tags: the entry is dropped when one of them is invalidated.
            fresh: see every write whose invalidation was finished before this call; passes by the
                layer in the process.

        Raises:
            Exception: what ``compute`` raised, in every caller that shared the computation.
        """
        if self._off:  # nothing to share, and nobody to wait for
            metrics.count_request(name, "bypass")
            metrics.count_computation(name)
            now = self._clock()
            return new_entry(compute(), created=now, expires=now, stamps={})
        identity = (name, key)
        moment = monotonic() - (0.0 if fresh else self._staleness)
        with self._lock:  # one step: a flight puts its entry into the memory before it is over
            if not fresh and (kept := self._memory.get(identity)):
                metrics.count_request(name, "hit")
                return kept
            flight = previous = self._newest.get(identity)
            if flight is None or not flight.serves(moment):
                flight = Flight(Wanted(identity, compute, ttl, stale, tuple(tags)))
                self._newest[identity] = flight
                self._flights.add(flight)
        if flight is not previous:
            self._fly(flight, previous)
        entry, result = flight.outcome.result()
        metrics.count_request(name, result)
        return entry

    def kept(self, identity: Identity) -> Entry | None:
        """Return the entry if this process keeps it: at once, and for who need not see it fresh."""
        with self._lock:
            entry = self._memory.get(identity)
        if entry is not None:
            metrics.count_request(identity[0], "hit")
        return entry

    def invalidate(self, *tags: str) -> None:
        """Drop every entry with one of the tags; call it when the write is committed.

        Never raises. While the cache server cannot be reached, other processes may go on serving
        what it holds (``Shared.invalidate``).
        """
        if self._shared is not None:
            self._shared.invalidate(tags)
        with self._lock:
            self._memory.forget(tags)
            for flight in self._flights:
                if not set(tags).isdisjoint(flight.wanted.tags):
                    flight.outdate()

    def ping(self) -> None:
        """Return if the cache server answers, or there is none; else raise what went wrong."""
        if self._shared is not None:
            self._shared.ping()

    def close(self) -> None:
        """Finish what the cache's own threads have begun, and disconnect."""
        self._refreshers.shutdown(cancel_futures=True)
        if self._shared is not None:
            self._shared.close()

    def _fly(self, flight: Flight, previous: Flight | None) -> None:
        """Come by the entry, one flight after the other: this bounds the work on one entry."""
        try:
            try:
                if previous is not None:
                    wait([previous.outcome], timeout=PATIENCE)
                obtained = self._obtain(flight)
            finally:
                with self._lock:
                    self._flights.discard(flight)
                    if self._newest.get(flight.wanted.identity) is flight:
                        del self._newest[flight.wanted.identity]
        except BaseException as error:
            flight.outcome.set_exception(error)
        else:
            flight.outcome.set_result(obtained)

    def _obtain(self, flight: Flight) -> tuple[Entry, Result]:
        if self._shared is None:
            return self._compute(flight), "miss"
        lock = self._shared.lock(flight.wanted.identity)
        result: Result = "miss"
        stamps: dict[str, str] | None = None
        try:
            try:
                entry, stamps = self._find(self._shared, flight, lock)
                if entry is not None:
                    return entry, self._found(self._shared, flight, entry)
            except StoreError as unavailable:
                result = unavailable.result
            return self._compute(flight, stamps), result
        finally:
            lock.release()

    def _find(
        self, shared: Shared, flight: Flight, lock: ServerLock
    ) -> tuple[Entry | None, dict[str, str]]:
        """Look for the entry until it is there, the lock is ours, or patience is at an end.

        Returns the entry, or the stamps with which to compute it.
        """
        deadline = monotonic() + PATIENCE
        pause = _FIRST_PAUSE
        entry, stamps = self._read(shared, flight)
        while entry is None and monotonic() < deadline:
            flight.reopen()
            if lock.acquire():
                # The holder before us may have left the entry since we looked.
                entry, stamps = self._read(shared, flight)
                break
            time.sleep(_about(pause, 0.5))
            pause = min(pause * _GROWTH, _LAST_PAUSE)
            entry, stamps = self._read(shared, flight)
        return entry, {} if entry else shared.stamp(stamps)

    def _read(self, shared: Shared, flight: Flight) -> tuple[Entry | None, Stamps]:
        """Read the entry, if it is valid and not too old, and the stamps."""
        wanted = flight.wanted
        flight.begin()
        entry, stamps = shared.read(wanted.identity, wanted.tags)
        if entry is not None and self._clock() >= entry.expires + wanted.stale:
            entry = None
        return entry, stamps

    def _found(self, shared: Shared, flight: Flight, entry: Entry) -> Result:
        """Keep what the cache server had, and have it computed anew if it is stale."""
        self._keep(flight, entry)
        if self._clock() < entry.expires:
            return "hit"
        identity = flight.wanted.identity
        with self._lock:
            if identity in self._refreshing or len(self._refreshing) >= _MAX_REFRESHES:
                return "stale"
            self._refreshing.add(identity)
        try:
            self._refreshers.submit(self._refresh, shared, Flight(flight.wanted))
        except RuntimeError:  # closed, or there is no thread to be had
            with self._lock:
                self._refreshing.discard(identity)
        return "stale"

    def _refresh(self, shared: Shared, flight: Flight) -> None:
        """Compute a stale entry anew, unless another process is at it."""
        identity = flight.wanted.identity
        lock = shared.lock(identity)
        with self._lock:
            self._flights.add(flight)
        try:
            if lock.acquire():
                entry, stamps = self._read(shared, flight)
                if entry is not None and self._clock() < entry.expires:
                    self._keep(flight, entry)
                else:
                    with self._background():
                        self._compute(flight, shared.stamp(stamps))
        except StoreError:
            pass  # whoever next asks computes it
        except Exception:
            logger.warning("stale cache entry not renewed", cache=identity[0], exc_info=True)
        finally:
            with self._lock:
                self._flights.discard(flight)
                self._refreshing.discard(identity)
            lock.release()

    def _compute(self, flight: Flight, stamps: dict[str, str] | None = None) -> Entry:
        """Compute the entry and keep it; ``stamps`` None: not in the cache server."""
        wanted = flight.wanted
        if stamps is None:
            flight.begin()
        created = self._clock()
        metrics.count_computation(wanted.identity[0])
        body = wanted.compute()
        ttl = _about(wanted.ttl, _JITTER)
        entry = new_entry(body, created=created, expires=self._clock() + ttl, stamps=stamps or {})
        if self._shared is not None and stamps is not None:
            with suppress(StoreError):
                self._shared.write(wanted.identity, entry, ttl + wanted.stale)
        self._keep(flight, entry)
        return entry

    def _keep(self, flight: Flight, entry: Entry) -> None:
        """Put the entry into the layer in the process for as long as it may stay there."""
        wanted = flight.wanted
        left = entry.expires - self._clock()
        if left <= 0:  # stale, and being computed anew
            left += wanted.stale
        with self._lock:
            if flight.since is not None:
                until = min(flight.since + self._staleness, monotonic() + left)
                self._memory.put(wanted.identity, entry, wanted.tags, until)


def _about(seconds: float, share: float) -> float:
    """Vary a time by up to ``share`` of it, so that processes do not act all at once."""
    return seconds * uniform(1 - share, 1 + share)
