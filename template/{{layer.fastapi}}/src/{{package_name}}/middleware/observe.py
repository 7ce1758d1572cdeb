"""The outermost layer: a request id, metrics and one log line for what was slow or failed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .. import statement_count
from ..errors import problem_response
from ..request_id import RequestIds
from ..request_log import UNMATCHED, RequestLog
from ..saturation import in_flight

if TYPE_CHECKING:
    from ..config import Settings

log = structlog.get_logger(__name__)

CLIENT_GONE = 499  # nobody waited for the answer; a number in wide use for that


class ObserveMiddleware:
    """Give each request an id, and tell what became of it.

    The id is in ``scope["state"]["request_id"]``, in every log line of the request and in the
    answer.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.log = RequestLog(settings)
        self.ids = RequestIds(settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = self.ids.choose(scope.get("peer"), _offered_id(scope))
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        method = scope["method"]
        id_header = (b"x-request-id", request_id.encode())
        statements = statement_count.start()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), id_header]
            await send(message)

        started = time.perf_counter()
        in_flight.add(send_with_id)
        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            # A crash of a route was answered, logged and seen by Sentry further in (errors.py).
            if not status:
                log.error("unhandled exception", exc_info=error)
                answer = problem_response(scope, 500, "The service failed to answer this request.")
                await answer(scope, receive, send_with_id)
        finally:
            in_flight.discard(send_with_id)
            seconds = time.perf_counter() - started
            self.log.tell(
                method,
                route_pattern(scope),
                scope["path"],
                status or CLIENT_GONE,
                seconds,
                statements.value,
            )


def _offered_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return str(value, "latin-1")
    return None


def route_pattern(scope: Scope) -> str:
    """Return the pattern of the route that takes a request."""
    # A router that is included under a prefix knows its own part only; FastAPI notes the whole.
    route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(route, "path", UNMATCHED)
