"""Answers computed once for all processes, kept, and dropped when a write makes them wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from random import uniform
from time import monotonic
from typing import Any

import structlog

from . import metrics
from .entry import Entry, new_entry
from .flight import Flight, Wanted
from .guard import StoreError
from .lock import LOCK_TTL, Lock
from .memory import Identity, Memory
from .metrics import Result
from .shared import Shared, Stamps
from .store import Store

PATIENCE = LOCK_TTL + 1.0  # seconds to wait for whoever computes; more than a dead one's lock lasts

# Between two looks for the entry that another process computes (seconds).
_FIRST_PAUSE, _LAST_PAUSE, _GROWTH = 0.01, 0.25, 1.5

_JITTER = 0.1  # share of a lifetime by which it varies, so that entries do not expire together

logger = structlog.get_logger()


class Cache:
    """Three layers: this process for a moment, the cache server, the computation.

    No failure of the cache server reaches a caller: the answer is then computed.
    """

    def __init__(
        self,
        store: Store | None,
        *,
        namespace: str,
        staleness: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make the cache; nothing is connected before its first use.

        Args:
            store: the cache server; None keeps answers in this process only.
            namespace: keeps services apart that share a server.
            staleness: seconds for which an answer may miss a write, unless it is read fresh;
                0 turns the layer in the process off.
            clock: the time in seconds since the epoch, alike on all machines.
        """
        self._memory = Memory()
        self._shared = Shared(store, namespace) if store else None
        self._staleness = staleness
        self._off = store is None and staleness <= 0
        self._clock = clock
        self._newest: dict[Identity, Flight] = {}  # what a caller may join
        self._flights: set[Flight] = set()
        self._refreshing: set[Identity] = set()
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

        Concurrent callers share one computation, across processes too. It runs in a task of its
        own, which goes on when a caller is cancelled, so ``compute`` must not use what ends with
        the caller's request, such as its database session.

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

        Never raises. It is carried out even if the caller is cancelled. While the cache server
        cannot be reached, other processes may go on serving what it holds (``Shared.invalidate``).
        """
        task = asyncio.create_task(self._invalidate(tags))
        self._invalidations.add(task)
        task.add_done_callback(self._invalidations.discard)
        await asyncio.shield(task)

    async def ping(self) -> None:
        """Return if the cache server answers, or there is none; else raise what went wrong."""
        if self._shared is not None:
            await asyncio.shield(self._start(self._shared.ping()))

    async def close(self) -> None:
        """Finish the invalidations, end the computations and disconnect."""
        await asyncio.gather(*self._invalidations)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._shared is not None:
            await self._shared.close()

    async def _invalidate(self, tags: Sequence[str]) -> None:
        if self._shared is not None:
            await self._shared.invalidate(tags)
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
        if self._shared is None:
            return await self._compute(flight), "miss"
        lock = self._shared.lock(flight.wanted.identity)
        result: Result = "miss"
        stamps: dict[str, str] | None = None
        try:
            try:
                entry, stamps = await self._find(self._shared, flight, lock)
                if entry is not None:
                    return entry, self._found(self._shared, flight, entry)
            except StoreError as unavailable:
                result = unavailable.result
            return await self._compute(flight, stamps), result
        finally:
            await lock.release()

    async def _find(
        self, shared: Shared, flight: Flight, lock: Lock
    ) -> tuple[Entry | None, dict[str, str]]:
        """Look for the entry until it is there, the lock is ours, or patience is at an end.

        Returns the entry, or the stamps with which to compute it.
        """
        deadline = monotonic() + PATIENCE
        pause = _FIRST_PAUSE
        entry, stamps = await self._read(shared, flight)
        while entry is None and monotonic() < deadline:
            flight.reopen()
            if await lock.acquire():
                # The holder before us may have left the entry since we looked.
                entry, stamps = await self._read(shared, flight)
                break
            await asyncio.sleep(_about(pause, 0.5))
            pause = min(pause * _GROWTH, _LAST_PAUSE)
            entry, stamps = await self._read(shared, flight)
        return entry, {} if entry else await shared.stamp(stamps)

    async def _read(self, shared: Shared, flight: Flight) -> tuple[Entry | None, Stamps]:
        """Read the entry, if it is valid and not too old, and the stamps."""
        wanted = flight.wanted
        flight.begin()
        entry, stamps = await shared.read(wanted.identity, wanted.tags)
        if entry is not None and self._clock() >= entry.expires + wanted.stale:
            entry = None
        return entry, stamps

    def _found(self, shared: Shared, flight: Flight, entry: Entry) -> Result:
        """Keep what the cache server had, and have it computed anew if it is stale."""
        self._keep(flight, entry)
        if self._clock() < entry.expires:
            return "hit"
        if flight.wanted.identity not in self._refreshing:
            self._refreshing.add(flight.wanted.identity)
            self._start(self._refresh(shared, Flight(flight.wanted)))
        return "stale"

    async def _refresh(self, shared: Shared, flight: Flight) -> None:
        """Compute a stale entry anew, unless another process is at it."""
        lock = shared.lock(flight.wanted.identity)
        self._flights.add(flight)
        try:
            if await lock.acquire():
                entry, stamps = await self._read(shared, flight)
                if entry is not None and self._clock() < entry.expires:
                    self._keep(flight, entry)
                else:
                    await self._compute(flight, await shared.stamp(stamps))
        except StoreError:
            pass  # whoever next asks computes it
        except Exception:
            name = flight.wanted.identity[0]
            logger.warning("stale cache entry not renewed", cache=name, exc_info=True)
        finally:
            self._flights.discard(flight)
            self._refreshing.discard(flight.wanted.identity)
            await lock.release()

    async def _compute(self, flight: Flight, stamps: dict[str, str] | None = None) -> Entry:
        """Compute the entry and keep it; ``stamps`` None: not in the cache server."""
        wanted = flight.wanted
        if stamps is None:
            flight.begin()
        created = self._clock()
        metrics.count_computation(wanted.identity[0])
        body = await wanted.compute()
        ttl = _about(wanted.ttl, _JITTER)
        entry = new_entry(body, created=created, expires=self._clock() + ttl, stamps=stamps or {})
        if self._shared is not None and stamps is not None:
            with suppress(StoreError):
                await self._shared.write(wanted.identity, entry, ttl + wanted.stale)
        self._keep(flight, entry)
        return entry

    def _keep(self, flight: Flight, entry: Entry) -> None:
        """Put the entry into the layer in the process for as long as it may stay there."""
        wanted = flight.wanted
        if flight.since is not None:
            left = entry.expires - self._clock()
            if left <= 0:  # stale, and being computed anew
                left += wanted.stale
            until = min(flight.since + self._staleness, monotonic() + left)
            self._memory.put(wanted.identity, entry, wanted.tags, until)


def _about(seconds: float, share: float) -> float:
    """Vary a time by up to ``share`` of it, so that processes do not act all at once."""
    return seconds * uniform(1 - share, 1 + share)
