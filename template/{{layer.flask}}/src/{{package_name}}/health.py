"""What a load balancer and a monitor ask for."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal

import structlog
from flask import Blueprint, Flask, Response, current_app
from pydantic import BaseModel

from . import metrics, runtime
from .operation import operation
from .resources import get_resources

log = structlog.get_logger(__name__)
blueprint = Blueprint("operations", __name__)

CHECK_TIMEOUT = 1.0  # seconds for one dependency

# Of their own: a dependency that hangs must not take the threads that answer requests.
_checkers = ThreadPoolExecutor(6, thread_name_prefix="readiness")

Ping = Callable[[], None]


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


@blueprint.get("/healthz")
@operation(returns=Health)
def healthz() -> Health:
    """Liveness.

    Says that the process lives; whether it is of use is `readyz`'s to tell.
    """
    return Health()


@blueprint.get("/readyz")
@operation(returns=Readiness, also={503: Readiness})
def readyz() -> Response:
    """Readiness.

    Asks every dependency. Without its cache the service is slower, not broken.
    """
    resources = get_resources()
    started = time.perf_counter()
    pings = {
        "database": resources.database.ping,
        "sessions": resources.sessions.ping,
        "cache": resources.cache.ping,
    }
    answers = {name: _start(ping) for name, ping in pings.items()}
    checks = {
        name: _check(name, answer, started, needed=name != "cache")
        for name, answer in answers.items()
    }
    status: Literal["ready", "not_ready", "draining"] = "ready"
    if runtime.draining():
        status = "draining"
    elif any(check.status == "failed" for check in checks.values()):
        status = "not_ready"
    response = Response(
        Readiness(status=status, checks=checks).model_dump_json(),
        headers={"Cache-Control": "no-store"},
        mimetype="application/json",
    )
    if status != "ready":
        response.status_code = 503
        response.headers["Retry-After"] = "1"
    return response


@blueprint.get("/metrics")
@operation(returns="text/plain")
def get_metrics() -> Response:
    """Prometheus metrics.

    Adds up the metrics of this replica's workers; not for the outside.
    """
    return Response(metrics.render(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _start(ping: Ping) -> Future[float]:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return _checkers.submit(_timed, app, ping)


def _timed(app: Flask, ping: Ping) -> float:
    """Return when the dependency had answered."""
    with app.app_context():
        ping()
    return time.perf_counter()


def _check(name: str, answer: Future[float], started: float, *, needed: bool) -> Check:
    status: Literal["ok", "degraded", "failed"] = "ok"
    try:
        answered = answer.result(max(0.0, started + CHECK_TIMEOUT - time.perf_counter()))
    except Exception as error:  # whatever a driver raises, the answer is "no"
        answered = time.perf_counter()
        status = "failed" if needed else "degraded"
        log.warning("dependency does not answer", dependency=name, error=repr(error))
    return Check(status=status, ms=round((answered - started) * 1000, 2))
