"""The outermost layer: a request id, metrics and one log line for what was slow or failed."""

from __future__ import annotations

import ipaddress
import re
import time
import uuid
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import problem_response

if TYPE_CHECKING:
    from ..settings import Settings

log = structlog.get_logger(__name__)

SANE_ID = re.compile(rb"[A-Za-z0-9._-]{8,128}")
CLIENT_GONE = 499  # nobody waited for the answer; nginx's number for that
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})

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


class ObserveMiddleware:
    """Give each request an id, and tell what became of it.

    The caller's ``X-Request-ID`` is taken over only from a trusted proxy, and only if it is a
    plain token. The id is in ``scope["state"]["request_id"]``, in every log line of the request
    and in the answer.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.log_all = settings.log_requests == "all"
        self.slow = settings.slow_request
        self.proxies = [ipaddress.ip_network(item) for item in settings.trusted_proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = self._request_id(scope)
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        method = scope["method"]
        id_header = (b"x-request-id", request_id.encode())
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), id_header]
            await send(message)

        started = time.perf_counter()
        IN_FLIGHT.inc()
        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            # A crash of a route was answered, logged and seen by Sentry further in (errors.py).
            if not status:
                log.error("unhandled exception", exc_info=error)
                answer = problem_response(scope, 500, "The service failed to answer this request.")
                await answer(scope, receive, send_with_id)
        finally:
            IN_FLIGHT.dec()
            self._tell(scope, method, status or CLIENT_GONE, time.perf_counter() - started)

    def _request_id(self, scope: Scope) -> str:
        client = scope.get("peer") or ""
        if client and self.proxies:
            address = ipaddress.ip_address(client)
            if any(address in network for network in self.proxies):
                for name, value in scope["headers"]:
                    if name == b"x-request-id" and SANE_ID.fullmatch(value):
                        return str(value, "ascii")
        return uuid.uuid4().hex

    def _tell(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        route = _pattern(scope)
        label = method if method in METHODS else "other"
        REQUESTS.labels(label, route, status).inc()
        DURATION.labels(label, route).observe(seconds)
        if self.log_all or status >= 500 or seconds >= self.slow:
            tell = log.warning if status >= 500 else log.info
            tell(
                "request",
                method=method,
                path=scope["path"],
                route=route,
                status=status,
                seconds=round(seconds, 4),
            )


def _pattern(scope: Scope) -> str:
    """Return the route's pattern, never the path: paths are without number."""
    # A router that is included under a prefix knows its own part only; FastAPI notes the whole.
    route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(route, "path", "unmatched")
