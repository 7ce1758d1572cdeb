"""WSGI middleware: what every request passes through, whichever framework answers it.

The layers tell each other, and the framework, in the request's ``environ``: ``peer``, the address
of whoever holds the connection; ``request_id``; and ``route``, which the framework sets to the
pattern of the route that it found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..watchdog import WatchMiddleware
from .environ import EnvironMiddleware
from .limits import LimitsMiddleware
from .observe import ObserveMiddleware
from .protect import ProtectMiddleware
from .proxy import ProxyMiddleware

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from ..config import Settings


def wrap(app: WSGIApplication, settings: Settings) -> WSGIApplication:
    """Put the framework's application inside the layers that must see every request and answer."""
    app = WatchMiddleware(app)
    app = LimitsMiddleware(app, settings.max_body_bytes)
    app = ProtectMiddleware(app, settings)
    app = ObserveMiddleware(app, settings)
    app = ProxyMiddleware(app, settings.trusted_proxies)
    return EnvironMiddleware(app)
