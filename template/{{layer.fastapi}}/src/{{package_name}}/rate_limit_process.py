"""Hits counted in this process alone."""

from __future__ import annotations

import time
from typing import override

from limits.aio.storage import MemoryStorage

MAX_COUNTERS = 20_000  # about 10 MB; then the oldest one is dropped


class ProcessCounters(MemoryStorage):
    """The library's counters without its search for expired ones.

    That goes through all of them at nearly every hit: milliseconds of the event loop, just when
    somebody tries many names.
    """

    @override
    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add to a counter that ends ``expiry`` seconds after its first hit; return the sum."""
        count = await self.get(key) + amount
        self.storage[key] = count
        if count == amount:
            self.expirations[key] = time.time() + expiry
            if len(self.expirations) > MAX_COUNTERS:
                await self.clear(next(iter(self.expirations)))
        return count
