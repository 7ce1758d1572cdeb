"""What the cache counts."""

from __future__ import annotations

from functools import cache
from typing import Literal

from prometheus_client import Counter

from ..tally import note

# hit: in this process or in the cache server. stale: served while it is computed anew. miss: was
# not there. bypass, error: computed because the cache server was passed by, or has just failed.
Result = Literal["hit", "stale", "miss", "bypass", "error"]

_requests = Counter("cache_requests", "Requests to the cache, by result", ["cache", "result"])
_origin = Counter("cache_origin", "Computations of what was not in the cache", ["cache"])


def count_request(name: str, result: Result) -> None:
    """Count a request to a cache by how it ended."""
    note(_series(name, result))


def count_computation(name: str) -> None:
    """Count a computation of what a cache did not have."""
    _origin.labels(name).inc()


@cache
def _series(name: str, result: Result) -> Counter:
    return _requests.labels(name, result)
