"""The application: Django inside the layers that must see every request and answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

import sentry_sdk
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections

from . import observability, runtime, saturation
from .config import Settings, get_settings
from .database import count_statements, leave_read_only_servers, server
from .errors import without_outages
from .middleware import wrap
from .resources import get_resources
from .security_headers import outer_headers
from .sessions.expiry import start_expiry
from .startup import start_django

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def create_app(settings: Settings | None = None) -> WSGIApplication:
    """Build the service (an application factory)."""
    settings = settings or get_settings()
    observability.start_sentry(settings)
    sentry_sdk.get_global_scope().add_event_processor(without_outages)
    start_django()
    count_statements()
    leave_read_only_servers()
    if runtime.serving():
        server.connect_early()
        server.watch_pool()
        saturation.watch("cpu", get_resources().cpu.usage)
        start_expiry()
    handler = WSGIHandler()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # Django writes the path as text where the layers outside expect what the server gave.
        inner = {**environ, "outer_environ": environ}
        return cast("Iterable[bytes]", handler(inner, start_response))

    # `settings_own` may answer for others than the environment says.
    hosts = {"allowed_hosts": tuple(django_settings.ALLOWED_HOSTS)}
    return wrap(app, settings.model_copy(update=hosts), outer_headers())


def pause() -> None:
    """Give back the connection that this thread keeps (`worker` calls this in one that rests)."""
    connections.close_all()
