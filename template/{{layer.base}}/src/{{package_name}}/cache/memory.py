"""The short layer inside the process: the newest answers, for as long as staleness allows."""

from __future__ import annotations

from collections.abc import Collection
from time import monotonic

from cachetools import LRUCache

from .entry import Entry

MAX_ENTRIES = 1024
MAX_BYTES = 32 * 1024 * 1024

Identity = tuple[str, str]  # the cache's name, and the key in it
_Slot = tuple[float, Entry, Collection[str]]  # until when, what, under which tags


def outside(staleness: float) -> int:
    """Return how many of these seconds are for the caches between the process and the client.

    The memory has the rest. Then what it keeps may always be kept outside as well, and a balancer
    is never without an answer for as long as every memory has one.
    """
    return int(staleness / 2)


class Memory:
    """Entries by identity, bounded in number and in bytes; the least recently used go first."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        self._max_entries = max_entries
        self._slots: LRUCache[Identity, _Slot] = LRUCache(max_bytes, lambda slot: len(slot[1].body))

    def __len__(self) -> int:
        return len(self._slots)

    def get(self, identity: Identity) -> Entry | None:
        """Return the entry, if it is there and may still be used."""
        slot = self._slots.get(identity)
        if slot is None:
            return None
        if monotonic() < slot[0]:
            return slot[1]
        del self._slots[identity]
        return None

    def put(self, identity: Identity, entry: Entry, tags: Collection[str], until: float) -> None:
        """Keep the entry until then (``time.monotonic``); one that is too large is not kept."""
        if monotonic() >= until or len(entry.body) > self._slots.maxsize:
            return
        self._slots[identity] = (until, entry, tags)
        while len(self._slots) > self._max_entries:
            self._slots.popitem()

    def forget(self, tags: Collection[str]) -> None:
        """Drop every entry that has one of the tags."""
        gone = [key for key, slot in self._slots.items() if not set(tags).isdisjoint(slot[2])]
        for identity in gone:
            del self._slots[identity]
