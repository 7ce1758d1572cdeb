"""What a load balancer and a monitor ask for."""

from __future__ import annotations

from importlib import import_module
from typing import Literal

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja import Router

from . import metrics, runtime
from .asking import ask
from .database import own_connection, server
from .readiness import Health, NotReady, Readiness
from .resources import get_resources
from .service_api import to_json

router = Router(tags=["operations"])


@router.get("/healthz", response=Health, summary="Liveness")
def healthz(request: HttpRequest) -> Health:
    """Say that the process lives; whether it is of use is `readyz`'s to tell."""
    return Health()


@router.get("/readyz", response={200: Readiness, 503: Readiness}, summary="Readiness")
def readyz(request: HttpRequest) -> HttpResponse:
    """Ask every dependency. Without its cache the service is slower, not broken."""
    pings = {
        "database": _ping_database,
        "sessions": _ping_sessions,
        "cache": get_resources().cache.ping,
    }
    checks = ask(pings, own_connection, optional="cache")
    status: Literal["ready", "not_ready", "draining"] = "ready"
    if runtime.draining():
        status = "draining"
    elif any(check.status == "failed" for check in checks.values()):
        status = "not_ready"
    headers = {"Cache-Control": "no-store", "Content-Type": "application/json"}
    if status != "ready":
        headers["Retry-After"] = "1"
    body = to_json(Readiness(status=status, checks=checks).model_dump(exclude_none=True))
    return HttpResponse(body, status=200 if status == "ready" else 503, headers=headers)


@router.get("/metrics", summary="Prometheus metrics")
def get_metrics(request: HttpRequest) -> HttpResponse:
    """Add up the metrics of this replica's workers; not for the outside."""
    return HttpResponse(metrics.render(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _ping_database() -> None:
    if server.is_read_only(connection):
        raise NotReady("read-only")


def _ping_sessions() -> None:
    import_module(settings.SESSION_ENGINE).SessionStore().ping()
