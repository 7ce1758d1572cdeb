"""The application: what there is and in which order it is wrapped."""

from __future__ import annotations

from types import TracebackType
from typing import override

import structlog
from flask import Flask, Request, request
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import MapAdapter

from . import health, observability
from .api import install_api
from .config import Settings, get_settings
from .docs import install_docs
from .errors import install_error_handlers
from .logs import configure_logging
from .middleware import wrap
from .openapi import install_openapi, pattern
from .rate_limit import limiter
from .resources import install_resources
from .sessions import ServerSessionInterface

log = structlog.get_logger(__name__)


class Service(Flask):
    """Flask, with its answers and its log as the service has them elsewhere."""

    @override
    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Find what a request asks for, by its very path and method."""
        adapter = super().create_url_adapter(request)
        if request is not None and adapter is not None:
            # Werkzeug takes //metrics for /metrics, which the rules of a load balancer may not.
            if request.environ["PATH_INFO"].startswith("//"):
                raise NotFound
            # And "get" for GET.
            if request.environ["REQUEST_METHOD"] != request.method:
                raise MethodNotAllowed(adapter.allowed_methods())
        return adapter

    @override
    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Log what no handler was meant for."""
        log.error("unhandled exception", exc_info=exc_info)


def create_app(settings: Settings | None = None) -> Service:
    """Build the service (an application factory; Granian calls it in each worker)."""
    settings = settings or get_settings()
    configure_logging(settings.log_level, settings.log_format)
    observability.start_sentry(settings)
    app = Service(__name__, static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = False  # tests see what clients see
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.config["SECRET_KEY"] = settings.secret_key.get_secret_value()
    app.url_map.merge_slashes = False  # an address is what it says
    resources = install_resources(app, settings)
    app.session_interface = ServerSessionInterface(resources.sessions, settings)
    limiter.configure(app, resources.counters)
    install_error_handlers(app)
    app.before_request(_note_route)
    install_api(app)
    install_docs(app)
    app.register_blueprint(health.blueprint)
    install_openapi(app)
    app.wsgi_app = wrap(app.wsgi_app, settings)  # type: ignore[assignment, method-assign]
    resources.expiry.start()
    return app


def _note_route() -> None:
    if request.url_rule is not None:
        request.environ["route"] = pattern(request.url_rule.rule)


def pause() -> None:
    """Do nothing: threads share the connections (`worker` calls this in one that rests)."""
