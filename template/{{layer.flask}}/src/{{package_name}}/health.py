"""What a load balancer and a monitor ask for."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Flask, Response, current_app

from . import metrics, runtime
from .asking import ask
from .operation import operation
from .readiness import Health, Readiness
from .resources import get_resources

blueprint = Blueprint("operations", __name__)


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
    pings = {
        "database": resources.database.ping,
        "sessions": resources.sessions.ping,
        "cache": resources.cache.ping,
    }
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    checks = ask(pings, app.app_context, optional="cache")
    status: Literal["ready", "not_ready", "draining"] = "ready"
    if runtime.draining():
        status = "draining"
    elif any(check.status == "failed" for check in checks.values()):
        status = "not_ready"
    response = Response(
        Readiness(status=status, checks=checks).model_dump_json(exclude_none=True),
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
