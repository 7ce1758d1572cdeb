"""How often somebody may do something: counted by all processes together where they can."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from functools import cache
from typing import TYPE_CHECKING

import structlog
from limits import RateLimitItem, parse
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from .rate_limit_process import ProcessCounters
from .rate_limit_storage import close_storage, open_storage, time_limit

if TYPE_CHECKING:
    from .config.stores import StoreSettings

log = structlog.get_logger(__name__)

PAUSE = 1.0  # seconds for which counters that failed are passed by

_parse = cache(parse)


class RateLimiter:
    """Sliding windows of hits. If the shared counters fail, each process counts by itself."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._timeout = time_limit(settings)
        self._shared: SlidingWindowCounterRateLimiter | None = None
        self._own = SlidingWindowCounterRateLimiter(ProcessCounters())
        self._failing = False
        self._paused_until = 0.0

    async def hit(self, limit: str, *identity: str) -> int | None:
        """Count one hit, unless it is one too many.

        Args:
            limit: such as ``5/minute`` or ``100 per 2 hours``; the same few texts each time.
            identity: what is done, and by whom; any text.

        Returns:
            None, or after how many seconds the next hit will be allowed.
        """
        item, key = _parse(limit), _key(identity)
        now = time.monotonic()
        if now >= self._paused_until:
            if self._failing:
                self._paused_until = now + PAUSE  # this one tries; the others need not wait for it
            shared = self._shared = self._shared or self._open()
            try:
                async with asyncio.timeout(self._timeout):
                    seconds = await _hit(shared, item, key)
            except Exception as error:
                await self._failed(shared, error)
            else:
                self._works()
                return seconds
        return await _hit(self._own, item, key)

    async def close(self) -> None:
        """Close the connections to the shared counters."""
        if self._shared:
            shared, self._shared = self._shared, None
            with contextlib.suppress(Exception):
                async with asyncio.timeout(self._timeout):
                    await close_storage(shared.storage)

    def _open(self) -> SlidingWindowCounterRateLimiter:
        return SlidingWindowCounterRateLimiter(open_storage(self._settings))

    def _works(self) -> None:
        if self._failing:
            self._failing = False
            self._paused_until = 0.0
            log.info("rate limits are shared again")

    async def _failed(self, shared: SlidingWindowCounterRateLimiter, error: Exception) -> None:
        self._paused_until = time.monotonic() + PAUSE
        if not self._failing:
            self._failing = True
            log.warning("shared rate limits failed, counting in the process", error=repr(error))
        if self._shared is shared:
            await self.close()  # a client that was interrupted may be of no use any more


async def _hit(
    limiter: SlidingWindowCounterRateLimiter, item: RateLimitItem, key: str
) -> int | None:
    if await limiter.hit(item, key):
        return None
    window = await limiter.get_window_stats(item, key)
    # Rounded up, and never to the very moment at which one hit too few has left the window.
    return max(0, int(window.reset_time - time.time())) + 1


def _key(identity: tuple[str, ...]) -> str:
    """Return a key of this service that every store accepts, and that tells nobody's address."""
    text = "\0".join((__name__, *identity))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
