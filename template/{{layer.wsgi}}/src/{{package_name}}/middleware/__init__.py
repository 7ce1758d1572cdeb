"""WSGI middleware: what every request passes through, whichever framework answers it.

The layers tell each other, and the framework, in the request's ``environ``: ``peer``, the address
of whoever holds the connection; and ``request_id``. The framework may set ``route``, the pattern of
the route that it found, and ``decided``, the headers that it left out on purpose. A worker of the
server adds ``threads`` and ``bodies``, see `worker`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..protection import security_headers
from ..watchdog import WatchMiddleware
from .environ import EnvironMiddleware
from .limits import LimitsMiddleware
from .observe import ObserveMiddleware
from .protect import ProtectMiddleware
from .proxy import ProxyMiddleware
from .turns import TurnsMiddleware

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from ..config import Settings


def wrap(
    app: WSGIApplication, settings: Settings, headers: Mapping[str, str] | None = None
) -> WSGIApplication:
    """Put the framework's application inside the layers that must see every request and answer.

    Args:
        app: the framework's.
        settings: of the service.
        headers: what every answer carries that does not say otherwise, names in small letters;
            ``None``: `security_headers`.
    """
    if headers is None:
        headers = security_headers(settings)
    app = TurnsMiddleware(WatchMiddleware(app))
    app = LimitsMiddleware(app, settings.max_body_bytes)
    app = ProtectMiddleware(app, settings, headers)
    app = ObserveMiddleware(app, settings, headers)
    app = ProxyMiddleware(app, settings.trusted_proxies)
    return EnvironMiddleware(app)
