"""How often somebody may do something: counted by all processes together where they can."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import override

import structlog
from flask import Flask, Response, request
from flask_limiter import Limiter, RateLimitExceeded

from .client_network import client_network
from .errors import problem_response
from .rate_limit_storage import Counters

log = structlog.get_logger(__name__)


class RateLimiter(Limiter):
    """Limits the views that ask for it (``@limiter.limit``); others pay nothing."""

    def configure(self, app: Flask, counters: Counters) -> None:
        """Count there."""
        app.config["RATELIMIT_STORAGE_URI"] = counters.uri
        app.config["RATELIMIT_STORAGE_OPTIONS"] = counters.options
        self.init_app(app)

    @override
    def init_app(self, app: Flask) -> None:
        """Add the extension to an application, without looking at every request.

        It would look for limits of the application as a whole, which there are none of: as much
        work as all the rest of a small request.
        """
        super().init_app(app)
        app.before_request_funcs[None].pop()
        app.after_request_funcs[None].pop()
        app.teardown_request_funcs[None].pop()
        app.register_error_handler(RateLimitExceeded, _refused)


def address() -> str:
    """Return whom a limit counts: the address of the client, or its network."""
    return _key(_client())


def address_and(member: str, normal: Callable[[str], str] = str) -> str:
    """Return whom a limit counts: the address with what the JSON body says of somebody.

    Args:
        member: of the body.
        normal: gives one form to the texts that mean the same.
    """
    return _key(f"{_client()} {normal(str(request.get_json()[member])).strip().lower()}")


def _client() -> str:
    return client_network(request.remote_addr or "")


def _key(text: str) -> str:
    # The store learns neither addresses nor names, and every text makes a key.
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def _refused(error: RateLimitExceeded) -> Response:
    try:
        limit = limiter.current_limit
        wait = limit.reset_at - int(time.time()) if limit else 0
    except Exception as failure:  # the counters are out of reach just now
        log.warning("rate limit without its end", error=repr(failure))
        wait = 0
    return problem_response(429, str(error.description), {"Retry-After": str(max(1, wait))})


limiter = RateLimiter(
    address,
    strategy="sliding-window-counter",
    key_prefix=__name__.partition(".")[0],
    swallow_errors=True,
)
