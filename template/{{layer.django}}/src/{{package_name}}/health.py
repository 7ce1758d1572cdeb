"""What a load balancer and a monitor ask for."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from importlib import import_module
from typing import Literal

import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel

from . import metrics, runtime
from .database import own_connection
from .resources import get_resources
from .service_api import to_json

log = structlog.get_logger(__name__)
router = Router(tags=["operations"])

CHECK_TIMEOUT = 1.0  # seconds for all dependencies: they are asked at the same time

_askers = ThreadPoolExecutor(3, thread_name_prefix="health")


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Check(BaseModel):
    """One dependency: its state, and how long it took to tell (milliseconds)."""

    status: Literal["ok", "degraded", "failed"]
    ms: float


class Readiness(BaseModel):
    """Whether this replica should get requests."""

    status: Literal["ready", "not_ready", "draining"]
    checks: dict[str, Check]


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
    started = time.perf_counter()
    asked = {name: _askers.submit(_took, name, ping) for name, ping in pings.items()}
    wait(asked.values(), CHECK_TIMEOUT)
    checks = {}
    for name, answer in asked.items():
        seconds = answer.result() if answer.done() else None
        ms = round((time.perf_counter() - started if seconds is None else seconds) * 1000, 2)
        failure: Literal["degraded", "failed"] = "degraded" if name == "cache" else "failed"
        checks[name] = Check(status="ok" if seconds is not None else failure, ms=ms)
    status: Literal["ready", "not_ready", "draining"] = "ready"
    if runtime.draining():
        status = "draining"
    elif any(check.status == "failed" for check in checks.values()):
        status = "not_ready"
    headers = {"Cache-Control": "no-store", "Content-Type": "application/json"}
    if status != "ready":
        headers["Retry-After"] = "1"
    body = to_json(Readiness(status=status, checks=checks).model_dump())
    return HttpResponse(body, status=200 if status == "ready" else 503, headers=headers)


@router.get("/metrics", summary="Prometheus metrics")
def get_metrics(request: HttpRequest) -> HttpResponse:
    """Add up the metrics of this replica's workers; not for the outside."""
    return HttpResponse(metrics.render(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _took(name: str, ping: Callable[[], None]) -> float | None:
    """Return how many seconds a dependency took to answer; ``None``: it does not."""
    started = time.perf_counter()
    try:
        with own_connection():
            ping()
    except Exception as error:  # whatever a driver raises, the answer is "no"
        log.warning("dependency does not answer", dependency=name, error=repr(error))
        return None
    return time.perf_counter() - started


def _ping_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ping_sessions() -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store.read("ping")
