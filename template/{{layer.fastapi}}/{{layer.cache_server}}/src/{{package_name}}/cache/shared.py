"""The layer in the cache server, which all processes see."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice

from .codec import decode, encode
from .entry import Entry
from .guard import Guard, StoreError
from .keys import Keys
from .lock import Lock
from .memory import Identity
from .stamps import EVERYTHING, STAMP_TTL, Stamps, found_stamps, new_stamp
from .store import Store

# Invalidations that have not reached the server: how many go into one command, how many are kept
# before all entries are given up instead, and how long to wait between two tries (seconds).
_BATCH = 500
_MAX_UNSETTLED = 10_000
_FIRST_PAUSE, _LAST_PAUSE, _GROWTH = 0.01, 0.25, 2.0


class Shared:
    """Entries, locks and invalidation in one cache server.

    Every method but ``invalidate`` and ``close`` raises StoreError when the server fails.
    """

    def __init__(self, store: Store, namespace: str) -> None:
        self._store = store
        self._keys = Keys(namespace)
        self._guard = Guard(store, self._settle, self._doubt)
        self._unsettled: dict[str, object] = {}  # tags to invalidate as soon as the server answers
        self._settling: asyncio.Task[None] | None = None

    async def read(self, identity: Identity, tags: Sequence[str]) -> tuple[Entry | None, Stamps]:
        """Return the valid entry, if there is one, and the tags' stamps; takes one round trip."""
        tags = [EVERYTHING, *tags]
        server = self._store.server
        keys = [self._keys.entry(*identity), *map(self._stamp_key, tags)]
        current = time.time()
        data, *found = await self._guard.call(lambda store: store.get_many(keys))
        stamps = found_stamps(tags, found)
        if self._store.server != server:
            stamps[EVERYTHING] = None
            if server:  # another one than before, but perhaps one that has been here earlier
                self._doubt()
        entry = None if data is None else decode(data, current=current)
        return (entry if entry and entry.stamps == stamps else None), stamps

    async def stamp(self, stamps: Stamps) -> dict[str, str]:
        """Give a stamp to each tag that has none, and return them all."""
        return {tag: stamp or await self._first_stamp(tag) for tag, stamp in stamps.items()}

    async def _first_stamp(self, tag: str) -> str:
        key, stamp = self._stamp_key(tag), new_stamp()
        if await self._guard.call(lambda store: store.add(key, stamp.encode(), STAMP_TTL)):
            return stamp
        (other,) = await self._guard.call(lambda store: store.get_many([key]))
        # Gone again already: an entry with the unknown stamp will never be valid, which is right.
        return other.decode("ascii", "replace") if other else stamp

    async def write(self, identity: Identity, entry: Entry, lifetime: float) -> None:
        """Store the entry for ``lifetime`` seconds, after which it is of no use to anybody."""
        key = self._keys.entry(*identity)
        await self._guard.call(lambda store: store.set_many({key: encode(entry)}, lifetime))

    def lock(self, identity: Identity) -> Lock:
        """Return the lock, not yet taken, on the computation of the entry."""
        return Lock(self._guard, self._keys.lock(*identity))

    async def invalidate(self, tags: Sequence[str]) -> None:
        """Make every entry with one of the tags invalid; never raises.

        If the server cannot be reached, or takes no writes, this process does not use it before
        it has sent the invalidation, which it tries several times a second. Other processes notice
        by themselves that a server takes no writes. What they do not notice is a line that fails
        for this process alone: they may serve the old entries until it has sent the invalidation,
        or, should it be killed first, until the entries expire.
        """
        try:
            await self._guard.call(lambda store: store.delete_many(self._stamp_keys(tags)))
        except StoreError:
            self._unsettled.update((tag, object()) for tag in tags)
            if len(self._unsettled) > _MAX_UNSETTLED:
                self._unsettled = {EVERYTHING: object()}
            if self._settling is None or self._settling.done():
                self._settling = asyncio.create_task(self._settle_later())

    def _stamp_keys(self, tags: Iterable[str]) -> list[str]:
        return list(map(self._stamp_key, tags))

    def _stamp_key(self, tag: str) -> str:
        if tag == EVERYTHING:
            return self._keys.everything(self._store.server)
        return self._keys.tag(tag)

    def _doubt(self) -> None:
        """Give up all entries before the server is next used."""
        self._unsettled[EVERYTHING] = object()

    async def _settle(self, store: Store) -> None:
        """Send the invalidations that have not reached the server; runs before every command."""
        while self._unsettled:
            batch = dict(islice(self._unsettled.items(), _BATCH))
            await store.delete_many(self._stamp_keys(batch))
            for tag, occasion in batch.items():
                if self._unsettled.get(tag) is occasion:  # else invalidated once more meanwhile
                    del self._unsettled[tag]

    async def _settle_later(self) -> None:
        pause = _FIRST_PAUSE
        while self._unsettled:
            with suppress(StoreError):
                await self._guard.call(_nothing, at_once=True)
            await asyncio.sleep(pause)
            pause = min(pause * _GROWTH, _LAST_PAUSE)

    async def ping(self) -> None:
        """Return if the server is in use, answers and takes writes.

        Raises:
            StoreError: it does not, or did not a moment ago.
        """
        await self._guard.call(lambda store: store.ping())

    async def close(self) -> None:
        """Try once more to send late invalidations, then disconnect."""
        if self._settling is not None:
            self._settling.cancel()
            await asyncio.wait({self._settling})
        with suppress(Exception):
            async with asyncio.timeout(self._store.timeout):
                await self._settle(self._store)
        with suppress(Exception):
            await self._store.close()


async def _nothing(store: Store) -> None:
    """Let the guard settle what is due, and request nothing more."""
