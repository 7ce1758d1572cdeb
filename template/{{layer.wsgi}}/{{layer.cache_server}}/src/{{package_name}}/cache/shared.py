"""The layer in the cache server, which all processes see."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from threading import Event, Lock, Thread

from .codec import decode, encode
from .entry import Entry
from .guard import PAUSE, Guard, StoreError
from .keys import Keys
from .lock import ServerLock
from .memory import Identity
from .stamps import STAMP_TTL, Stamps, found_stamps, new_stamp
from .store import Store

_BATCH = 500  # late invalidations in one command


class Shared:
    """Entries, locks and invalidation in one cache server.

    Every method but ``invalidate``, ``ping`` and ``close`` raises StoreError when the server
    fails.
    """

    def __init__(self, store: Store, namespace: str) -> None:
        self._store = store
        self._keys = Keys(namespace)
        self._guard = Guard(store, self._settle)
        self._closed = Event()
        self._lock = Lock()  # guards what follows
        self._unsettled: dict[str, object] = {}  # tags to invalidate as soon as the server answers
        self._settling: Thread | None = None

    def read(self, identity: Identity, tags: Sequence[str]) -> tuple[Entry | None, Stamps]:
        """Return the valid entry, if there is one, and the tags' stamps; takes one round trip."""
        keys = [self._keys.entry(*identity), *map(self._keys.tag, tags)]
        current = time.time()
        data, *found = self._guard.call(lambda store: store.get_many(keys))
        stamps = found_stamps(tags, found)
        entry = None if data is None else decode(data, current=current)
        return (entry if entry and entry.stamps == stamps else None), stamps

    def stamp(self, stamps: Stamps) -> dict[str, str]:
        """Give a stamp to each tag that has none, and return them all."""
        return {tag: stamp or self._first_stamp(tag) for tag, stamp in stamps.items()}

    def _first_stamp(self, tag: str) -> str:
        key, stamp = self._keys.tag(tag), new_stamp()
        if self._guard.call(lambda store: store.add(key, stamp.encode(), STAMP_TTL)):
            return stamp
        (other,) = self._guard.call(lambda store: store.get_many([key]))
        # Gone again already: an entry with the unknown stamp will never be valid, which is right.
        return other.decode("ascii", "replace") if other else stamp

    def write(self, identity: Identity, entry: Entry, lifetime: float) -> None:
        """Store the entry for ``lifetime`` seconds, after which it is of no use to anybody."""
        key = self._keys.entry(*identity)
        self._guard.call(lambda store: store.set_many({key: encode(entry)}, lifetime))

    def lock(self, identity: Identity) -> ServerLock:
        """Return the lock, not yet taken, on the computation of the entry."""
        return ServerLock(self._guard, self._keys.lock(*identity))

    def invalidate(self, tags: Sequence[str]) -> None:
        """Make every entry with one of the tags invalid; never raises.

        When the server cannot be reached this is made good before this process next uses it, and
        is tried every second until then. Processes that do reach the server may serve the old
        entries meanwhile, and until they expire should this process end before it succeeds.
        """
        try:
            self._guard.call(lambda store: store.set_many(self._new_stamps(tags), STAMP_TTL))
        except StoreError:
            with self._lock:
                self._unsettled.update((tag, object()) for tag in tags)
                if self._settling is None and not self._closed.is_set():
                    self._settling = Thread(target=self._settle_later, name="cache", daemon=True)
                    self._settling.start()

    def _new_stamps(self, tags: Iterable[str]) -> dict[str, bytes]:
        return {self._keys.tag(tag): new_stamp().encode() for tag in tags}

    def _settle(self, store: Store) -> None:
        """Send the invalidations that have not reached the server; runs before every command."""
        while self._unsettled:
            with self._lock:
                batch = dict(islice(self._unsettled.items(), _BATCH))
            store.set_many(self._new_stamps(batch), STAMP_TTL)
            with self._lock:
                for tag, occasion in batch.items():
                    if self._unsettled.get(tag) is occasion:  # else invalidated again meanwhile
                        del self._unsettled[tag]

    def _settle_later(self) -> None:
        while not self._closed.wait(PAUSE):
            with suppress(StoreError):
                self._guard.call(_nothing)
            with self._lock:
                if not self._unsettled:
                    self._settling = None
                    return

    def ping(self) -> None:
        """Return if the server answers; else raise what went wrong."""
        self._store.ping()

    def close(self) -> None:
        """Try once more to send late invalidations, then disconnect."""
        self._closed.set()
        with suppress(Exception):
            self._settle(self._store)
        with suppress(Exception):
            self._store.close()


def _nothing(store: Store) -> None:
    """Let the guard settle what is due, and ask for nothing more."""
