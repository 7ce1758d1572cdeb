"""What is told of each request: metrics of all, a log line for those that were slow or failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter, Gauge, Histogram

if TYPE_CHECKING:
    from .config import Settings

log = structlog.get_logger(__name__)

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
UNMATCHED = "unmatched"  # the route of a request that no route takes

REQUESTS = Counter("http_requests", "Answered requests.", ("method", "route", "status"))
DURATION = Histogram(
    "http_request_duration_seconds",
    "Time from the request's head to the answer's end.",
    ("method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
IN_FLIGHT = Gauge(
    "http_requests_in_flight", "Requests being answered.", multiprocess_mode="livesum"
)


class RequestLog:
    """Counts every request; the balancer's log has them all, this one those worth a look."""

    def __init__(self, settings: Settings) -> None:
        self._all = settings.log_requests == "all"
        self._slow = settings.slow_request

    def tell(self, method: str, route: str, path: str, status: int, seconds: float) -> None:
        """Note that a request was answered.

        Args:
            method: its method.
            route: the pattern of its route, never its path: paths are without number.
            path: its path.
            status: the status code of the answer.
            seconds: how long it took.
        """
        label = method if method in METHODS else "other"
        REQUESTS.labels(label, route, status).inc()
        DURATION.labels(label, route).observe(seconds)
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
