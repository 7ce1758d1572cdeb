"""What is told of each request: metrics of all, a log line for those that were slow or failed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter

from .statement_count import PER_REQUEST
from .tally import BatchHistogram, note

if TYPE_CHECKING:
    from .config import Settings

log = structlog.get_logger(__name__)

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
UNMATCHED = "unmatched"  # the route of a request that no route takes

# Seconds. What loadtest/slo.toml promises is among them, so that it can be counted.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.3, 0.4, 0.5, 0.6, 1, 1.5, 2, 3, 5, 10)

REQUESTS = Counter("http_requests", "Answered requests.", ("method", "route", "status"))
DURATION = BatchHistogram(
    "http_request_duration_seconds",
    "Time from the request's head to the answer's end.",
    ("method", "route"),
    buckets=BUCKETS,
)


class RequestLog:
    """Counts every request; the balancer's log has them all, this one those worth a look."""

    def __init__(self, settings: Settings) -> None:
        self._all = settings.log_requests == "all"
        self._slow = settings.slow_request

    def tell(
        self, method: str, route: str, path: str, status: int, seconds: float, statements: int
    ) -> None:
        """Note that a request was answered.

        Args:
            method: its method.
            route: the pattern of its route, never its path: paths are without number.
            path: its path.
            status: the status code of the answer.
            seconds: how long it took.
            statements: how many it sent to the database.
        """
        label = method if method in METHODS else "other"
        note(_requests(label, route, status))
        note(_duration(label, route), seconds)
        if statements:
            note(_statements(label, route), statements)
        if self._all or status >= 500 or seconds >= self._slow:
            tell = log.warning if status >= 500 else log.info
            tell(
                "request",
                method=method,
                path=path,
                route=route,
                status=status,
                seconds=round(seconds, 4),
            )


# Looking a series up by its labels costs more than to note what it counts.
@cache
def _requests(method: str, route: str, status: int) -> Counter:
    return REQUESTS.labels(method, route, status)


@cache
def _duration(method: str, route: str) -> BatchHistogram:
    return DURATION.labels(method, route)


@cache
def _statements(method: str, route: str) -> BatchHistogram:
    return PER_REQUEST.labels(method, route)
