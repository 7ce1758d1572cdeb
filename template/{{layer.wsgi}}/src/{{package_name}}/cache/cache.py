"""Answers computed once, kept for a moment, and dropped when a write makes them wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import wait
from random import uniform
from threading import Lock
from time import monotonic

from . import metrics
from .entry import Entry, new_entry
from .flight import Flight, Wanted
from .memory import Identity, Memory, outside
from .metrics import Result

PATIENCE = 6.0  # seconds to wait for whoever computes

_JITTER = 0.1  # share of a lifetime by which it varies, so that entries do not expire together


class Cache:
    """Two layers: the memory of this process, and the computation.

    The threads of a process share one cache.
    """

    def __init__(self, *, staleness: float, clock: Callable[[], float] = time.time) -> None:
        """Make the cache.

        Args:
            staleness: seconds for which an answer may miss a write, unless it is read fresh;
                0 turns the memory off.
            clock: the time in seconds since the epoch.
        """
        self._staleness = staleness
        self._kept = staleness - outside(staleness)
        self._off = staleness <= 0
        self._clock = clock
        self._lock = Lock()  # guards what follows; never held while a thread waits or computes
        self._memory = Memory()
        self._newest: dict[Identity, Flight] = {}  # what a caller may join
        self._flights: set[Flight] = set()

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

        Concurrent callers share one computation, which runs in the thread of the first of them.

        Args:
            name: which cache, a word; the metrics' label.
            key: which answer, any text.
            compute: makes the serialised body.
            ttl: seconds for which the entry is good, give or take a tenth.
            stale: seconds more for which an old answer will do while a new one is made.
            tags: the entry is dropped when one of them is invalidated.
            fresh: see every write whose invalidation was finished before this call; passes by the
                memory.

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

        Never raises.
        """
        with self._lock:
            self._memory.forget(tags)
            for flight in self._flights:
                if not set(tags).isdisjoint(flight.wanted.tags):
                    flight.outdate()

    def ping(self) -> None:
        """Return if what the cache needs answers; else raise what went wrong."""

    def close(self) -> None:
        """Finish what the cache has begun by itself."""

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
        flight.begin()
        entry = self._compute(flight.wanted)
        self._keep(flight, entry, entry.expires)
        return entry, "miss"

    def _compute(self, wanted: Wanted, stamps: Mapping[str, str] | None = None) -> Entry:
        created = self._clock()
        metrics.count_computation(wanted.identity[0])
        body = wanted.compute()
        expires = self._clock() + about(wanted.ttl, _JITTER)
        return new_entry(body, created=created, expires=expires, stamps=stamps or {})

    def _keep(self, flight: Flight, entry: Entry, until: float) -> None:
        """Keep the entry until then, or for as short as staleness demands."""
        wanted = flight.wanted
        latest = monotonic() + until - self._clock()
        with self._lock:
            if flight.since is not None:
                until = min(flight.since + self._kept, latest)
                self._memory.put(wanted.identity, entry, wanted.tags, until)


def about(seconds: float, share: float) -> float:
    """Vary a time by up to ``share`` of it, so that processes do not act all at once."""
    return seconds * uniform(1 - share, 1 + share)
