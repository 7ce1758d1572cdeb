"""The cache of a service whose processes share a cache server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import override

import structlog

from .cache import PATIENCE, Cache, about
from .entry import Entry
from .flight import Flight
from .guard import StoreError
from .lock import Lock
from .memory import Identity
from .metrics import Result
from .shared import Shared
from .stamps import Stamps
from .store import Store

# Between two looks for the entry that another process computes (seconds).
_FIRST_PAUSE, _LAST_PAUSE, _GROWTH = 0.01, 0.25, 1.5

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
    ) -> None:
        """Make the cache; nothing is connected before its first use.

        Args:
            store: the cache server.
            namespace: keeps services apart that share a server.
            staleness: seconds for which an answer may miss a write, unless it is read fresh;
                0 turns the memory off.
            clock: the time in seconds since the epoch, alike on all machines.
        """
        super().__init__(staleness=staleness, clock=clock)
        self._off = False
        self._shared = Shared(store, namespace)
        self._refreshing: set[Identity] = set()

    @override
    async def ping(self) -> None:
        await asyncio.shield(self._start(self._shared.ping()))

    @override
    async def close(self) -> None:
        await super().close()
        await self._shared.close()

    @override
    async def _invalidate(self, tags: Sequence[str]) -> None:
        await self._shared.invalidate(tags)
        await super()._invalidate(tags)

    @override
    async def _obtain(self, flight: Flight) -> tuple[Entry, Result]:
        lock = self._shared.lock(flight.wanted.identity)
        try:
            try:
                entry, stamps = await self._find(flight, lock)
            except StoreError as unavailable:
                result = unavailable.result
            else:
                if entry is not None:
                    return entry, self._found(flight, entry)
                return await self._renew(flight, stamps), "miss"
            entry, _ = await super()._obtain(flight)
            return entry, result
        finally:
            await lock.release()

    async def _find(self, flight: Flight, lock: Lock) -> tuple[Entry | None, dict[str, str]]:
        """Look for the entry until it is there, the lock is ours, or patience is at an end.

        Returns the entry, or the stamps with which to compute it.
        """
        deadline = monotonic() + PATIENCE
        pause = _FIRST_PAUSE
        entry, stamps = await self._read(flight)
        while entry is None and monotonic() < deadline:
            flight.reopen()
            if await lock.acquire():
                # The holder before us may have left the entry since we looked.
                entry, stamps = await self._read(flight)
                break
            await asyncio.sleep(about(pause, 0.5))
            pause = min(pause * _GROWTH, _LAST_PAUSE)
            entry, stamps = await self._read(flight)
        return entry, {} if entry else await self._shared.stamp(stamps)

    async def _read(self, flight: Flight) -> tuple[Entry | None, Stamps]:
        """Read the entry, if it is valid and not too old, and the stamps."""
        wanted = flight.wanted
        flight.begin()
        entry, stamps = await self._shared.read(wanted.identity, wanted.tags)
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
        if wanted.identity not in self._refreshing:
            self._refreshing.add(wanted.identity)
            self._start(self._refresh(Flight(wanted)))
        return "stale"

    async def _refresh(self, flight: Flight) -> None:
        """Compute a stale entry anew, unless another process is at it."""
        lock = self._shared.lock(flight.wanted.identity)
        self._flights.add(flight)
        try:
            if await lock.acquire():
                entry, stamps = await self._read(flight)
                if entry is not None and self._clock() < entry.expires:
                    self._keep(flight, entry, entry.expires)
                else:
                    await self._renew(flight, await self._shared.stamp(stamps))
        except StoreError:
            pass  # whoever next asks computes it
        except Exception:
            name = flight.wanted.identity[0]
            logger.warning("stale cache entry not renewed", cache=name, exc_info=True)
        finally:
            self._flights.discard(flight)
            self._refreshing.discard(flight.wanted.identity)
            await lock.release()

    async def _renew(self, flight: Flight, stamps: dict[str, str]) -> Entry:
        """Compute the entry, and put it where all processes find it."""
        wanted = flight.wanted
        entry = await self._compute(wanted, stamps)
        lifetime = entry.expires + wanted.stale - self._clock()
        with suppress(StoreError):
            await self._shared.write(wanted.identity, entry, lifetime)
        self._keep(flight, entry, entry.expires)
        return entry
