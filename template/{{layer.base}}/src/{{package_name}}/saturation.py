"""How busy this worker is: the watchdog looks now and then, so that requests pay nothing."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from prometheus_client import Gauge

log = structlog.get_logger(__name__)

Usage = Callable[[], tuple[int, int]]  # how much is in use, and of how much

IN_USE = Gauge("pool_in_use", "What is in use of a pool.", ["pool"], multiprocess_mode="livesum")
SIZE = Gauge("pool_size", "What a pool has at most.", ["pool"], multiprocess_mode="livesum")

IN_FLIGHT = Gauge(
    "http_requests_in_flight", "Requests being answered.", multiprocess_mode="livesum"
)

in_flight: set[object] = set()  # one for each request that is being answered

_pools: dict[str, Usage] = {}


def watch(pool: str, usage: Usage) -> None:
    """Look at a pool from now on; the last one of a name counts."""
    _pools[pool] = usage


def sample() -> None:
    """Look at the requests, and at every pool; one that fails to tell is not asked again."""
    IN_FLIGHT.set(len(in_flight))
    for pool, usage in _pools.copy().items():
        try:
            in_use, size = usage()
        except Exception:  # whatever it is, the watchdog has to go on
            log.exception("pool cannot tell how full it is", pool=pool)
            _pools.pop(pool, None)
            continue
        IN_USE.labels(pool).set(in_use)
        SIZE.labels(pool).set(size)
