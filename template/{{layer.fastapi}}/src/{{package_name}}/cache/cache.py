"""Answers computed once, kept for a moment, and dropped when a write makes them wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from random import uniform
from time import monotonic
from typing import Any

from . import metrics
from .entry import Entry, new_entry
from .flight import Flight, Wanted
from .memory import Identity, Memory, outside
from .metrics import Result

PATIENCE = 6.0  # seconds to wait for whoever computes

_JITTER = 0.1  # share of a lifetime by which it varies, so that entries do not expire together


class Cache:
    """Two layers: the memory of this process, and the computation."""

    def __init__(self, *, staleness: float, clock: Callable[[], float] = time.time) -> None:
        """Make the cache.

        Args:
            staleness: seconds for which an answer may miss a write, unless it is read fresh;
                0 turns the memory off.
            clock: the time in seconds since the epoch.
        """
        self._memory = Memory()
        self._staleness = staleness
        self._kept = staleness - outside(staleness)
        self._off = staleness <= 0
        self._clock = clock
        self._newest: dict[Identity, Flight] = {}  # what a caller may join
        self._flights: set[Flight] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._invalidations: set[asyncio.Task[None]] = set()

    async def get_or_compute(
        self,
        name: str,
        key: str,
        compute: Callable[[], Awaitable[bytes]],
        *,
        ttl: float,
        stale: float,
        tags: Sequence[str],
        fresh: bool = False,
    ) -> Entry:
        """Return the entry of ``key``; compute it if there is none.

        Concurrent callers share one computation. It runs in a task of its own, which goes on when a
        caller is cancelled, so ``compute`` must not use what ends with the caller's request, such
        as its database session.

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
            return new_entry(await compute(), created=now, expires=now, stamps={})
        identity = (name, key)
        if not fresh and (kept := self.kept(identity)):
            return kept
        now = monotonic()
        flight = self._newest.get(identity)
        if flight is None or not flight.serves(now if fresh else now - self._staleness):
            wanted = Wanted(identity, compute, ttl, stale, tuple(tags))
            flight = self._take_off(wanted, after=flight)
        entry, result = await asyncio.shield(flight.task)
        metrics.count_request(name, result)
        return entry

    def kept(self, identity: Identity) -> Entry | None:
        """Return the entry if this process keeps it: at once, and for who need not see it fresh."""
        entry = self._memory.get(identity)
        if entry is not None:
            metrics.count_request(identity[0], "hit")
        return entry

    async def invalidate(self, *tags: str) -> None:
        """Drop every entry with one of the tags; call it when the write is committed.

        Never raises. It is carried out even if the caller is cancelled.
        """
        task = asyncio.create_task(self._invalidate(tags))
        self._invalidations.add(task)
        task.add_done_callback(self._invalidations.discard)
        await asyncio.shield(task)

    async def ping(self) -> None:
        """Return if what the cache needs answers; else raise what went wrong."""

    async def close(self) -> None:
        """Finish the invalidations and end the computations."""
        await asyncio.gather(*self._invalidations)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _invalidate(self, tags: Sequence[str]) -> None:
        self._memory.forget(tags)
        for flight in self._flights:
            if not set(tags).isdisjoint(flight.wanted.tags):
                flight.outdate()

    def _take_off(self, wanted: Wanted, after: Flight | None) -> Flight:
        flight = Flight(wanted)
        flight.task = self._start(self._fly(flight, after.task if after else None))
        self._newest[wanted.identity] = flight
        self._flights.add(flight)
        return flight

    def _start[T](self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._landed)
        return task

    def _landed(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # its callers may all be gone: then nobody else looks at it

    async def _fly(
        self, flight: Flight, previous: asyncio.Task[Any] | None
    ) -> tuple[Entry, Result]:
        """Come by the entry, one flight after the other: this bounds the work on one entry."""
        try:
            if previous is not None:
                await asyncio.wait({previous}, timeout=PATIENCE)
            return await self._obtain(flight)
        finally:
            self._flights.discard(flight)
            if self._newest.get(flight.wanted.identity) is flight:
                del self._newest[flight.wanted.identity]

    async def _obtain(self, flight: Flight) -> tuple[Entry, Result]:
        flight.begin()
        entry = await self._compute(flight.wanted)
        self._keep(flight, entry, entry.expires)
        return entry, "miss"

    async def _compute(self, wanted: Wanted, stamps: Mapping[str, str] | None = None) -> Entry:
        created = self._clock()
        metrics.count_computation(wanted.identity[0])
        body = await wanted.compute()
        expires = self._clock() + about(wanted.ttl, _JITTER)
        return new_entry(body, created=created, expires=expires, stamps=stamps or {})

    def _keep(self, flight: Flight, entry: Entry, until: float) -> None:
        """Keep the entry until then, or for as short as staleness demands."""
        if flight.since is not None:
            latest = monotonic() + until - self._clock()
            wanted = flight.wanted
            until = min(flight.since + self._kept, latest)
            self._memory.put(wanted.identity, entry, wanted.tags, until)


def about(seconds: float, share: float) -> float:
    """Vary a time by up to ``share`` of it, so that processes do not act all at once."""
    return seconds * uniform(1 - share, 1 + share)
