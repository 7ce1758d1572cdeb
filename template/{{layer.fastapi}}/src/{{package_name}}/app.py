"""The application: what there is and in which order it is wrapped."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from . import health, observability
from .api import install_api
from .config import Settings, get_settings
from .docs import install_docs
from .errors import install_error_handlers
from .logs import configure_logging
from .middleware.head import HeadMiddleware
from .middleware.limits import LimitsMiddleware
from .middleware.observe import ObserveMiddleware
from .middleware.protect import ProtectMiddleware
from .middleware.proxy import ProxyMiddleware
from .middleware.websocket import WebSocketMiddleware
from .resources import build_resources, lifespan
from .sessions import SessionMiddleware


class Service(FastAPI):
    """FastAPI inside the layers that must see every answer, those to its own crashes too."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            title=observability.SERVICE,
            lifespan=lifespan,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,  # an address is what it says
            telemetry={"tracing": False},
        )
        app: ASGIApp = HeadMiddleware(super().__call__)
        app = ProtectMiddleware(app, settings)
        app = ObserveMiddleware(app, settings)
        app = WebSocketMiddleware(app, settings)
        self._outermost = ProxyMiddleware(app, settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        await self._outermost(scope, receive, send)


def create_app(settings: Settings | None = None) -> Service:
    """Build the service (an application factory; Granian calls it in each worker)."""
    settings = settings or get_settings()
    configure_logging(settings.log_level, settings.log_format)
    observability.start_sentry(settings)
    app = Service(settings)
    app.state.resources = resources = build_resources(settings)
    install_api(app)  # first: routes are looked for in this order, and middleware goes around them
    app.add_middleware(SessionMiddleware, store=resources.sessions, settings=settings)
    app.add_middleware(
        LimitsMiddleware, max_body=settings.max_body_bytes, timeout=settings.request_timeout
    )
    install_error_handlers(app)
    install_docs(app)
    app.include_router(health.router)
    return app
