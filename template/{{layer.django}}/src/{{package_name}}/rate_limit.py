"""How often somebody may do something: counted by all processes together where they can."""

from __future__ import annotations

import hashlib
import math
import time
from functools import cache as memoised

import structlog
from django.core.cache import BaseCache, cache
from django.core.cache.backends.locmem import LocMemCache

from .cache import local
from .config.limits import parse

log = structlog.get_logger(__name__)

PAUSE = 1.0  # seconds for which counters that failed are passed by

_parse = memoised(parse)


class RateLimiter:
    """Sliding windows of hits in Django's cache. If that fails, each process counts by itself."""

    def __init__(self) -> None:
        self._own = LocMemCache(f"{__name__}.{id(self)}", {"OPTIONS": local.OPTIONS})
        self._failing = False
        self._paused_until = 0.0

    def hit(self, limit: str, *identity: str) -> int | None:
        """Count one hit, unless it is one too many.

        Args:
            limit: such as ``5/minute`` or ``100 per 2 hours``; the same few texts each time.
            identity: what is done, and by whom; any text.

        Returns:
            None, or after how many seconds the next hit will be allowed.
        """
        amount, seconds = _parse(limit)
        key = _key(seconds, identity)
        now = time.monotonic()
        if now >= self._paused_until:
            if self._failing:
                self._paused_until = now + PAUSE  # this one tries; the others need not wait for it
            try:
                wait = _hit(cache, key, amount, seconds)
            except Exception as error:  # whatever a client raises
                self._failed(error)
            else:
                self._works()
                return wait
        return _hit(self._own, key, amount, seconds)

    def _works(self) -> None:
        if self._failing:
            self._failing = False
            self._paused_until = 0.0
            log.info("rate limits are shared again")

    def _failed(self, error: Exception) -> None:
        self._paused_until = time.monotonic() + PAUSE
        if not self._failing:
            self._failing = True
            log.warning("shared rate limits failed, counting in the process", error=repr(error))


def _hit(counters: BaseCache, key: str, amount: int, seconds: int) -> int | None:
    """Count in two windows: the present one, and the part of the last that is not over yet.

    Every hit is counted before it is judged, so none slips through between the two.
    """
    window, elapsed = divmod(time.time(), seconds)
    present, last = f"{key}:{window:.0f}", f"{key}:{window - 1:.0f}"
    counters.add(present, 0, 2 * seconds)
    count = counters.incr(present)
    earlier = counters.get(last, 0)
    left = 1 - elapsed / seconds  # the share of the last window that still counts
    if count + math.floor(earlier * left) <= amount:
        return None
    counters.decr(present)
    return _wait(count - 1, earlier, amount, seconds, elapsed)


def _wait(count: int, earlier: int, amount: int, seconds: int, elapsed: float) -> int:
    """Return after how many seconds one more hit fits; rounded up, and one for good measure."""
    if count < amount:  # as soon as enough of the last window is over
        over = 1 - (amount - count) / earlier
        return max(0, math.floor(over * seconds - elapsed)) + 1
    # In the next window, when enough of this one is over.
    return math.floor(seconds - elapsed + seconds * (1 - amount / count)) + 1


def _key(seconds: int, identity: tuple[str, ...]) -> str:
    """Return a key that every store accepts, and that tells nobody's address."""
    text = "\0".join((str(seconds), *identity))
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
    return f"hits:{digest}"
