"""What the cache counts."""

from __future__ import annotations

from functools import cache
from typing import Literal

from prometheus_client import Counter

# hit: in this process or in the cache server. stale: served while it is computed anew. miss: was
# not there. bypass, error: computed because the cache server was passed by, or has just failed.
Result = Literal["hit", "stale", "miss", "bypass", "error"]

_requests = Counter("cache_requests", "Requests to the cache, by result", ["cache", "result"])
_origin = Counter("cache_origin", "Computations of what was not in the cache", ["cache"])


@cache
def requests(name: str, result: Result) -> Counter:
    """Return the counter of the requests to one cache that ended like this."""
    return _requests.labels(name, result)


@cache
def origin(name: str) -> Counter:
    """Return the counter of the computations for one cache."""
    return _origin.labels(name)
