"""What a load balancer and a monitor ask for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal

import structlog
from fastapi import APIRouter, Response

from . import metrics, runtime
from .readiness import Check, Health, NotReady, Readiness
from .resources import ResourcesDep

log = structlog.get_logger(__name__)
router = APIRouter(tags=["operations"])

CHECK_TIMEOUT = 1.0  # seconds for one dependency


@router.get("/healthz", summary="Liveness")
async def healthz() -> Health:
    """Say that the process lives; whether it is of use is `readyz`'s to tell."""
    return Health()


@router.get(
    "/readyz",
    summary="Readiness",
    response_model_exclude_none=True,
    responses={503: {"model": Readiness, "description": "Not now"}},
)
async def readyz(resources: ResourcesDep, response: Response) -> Readiness:
    """Ask every dependency. Without its cache the service is slower, not broken."""
    database, sessions, cache = await asyncio.gather(
        _check("database", resources.database.ping, needed=True),
        _check("sessions", resources.sessions.ping, needed=True),
        _check("cache", resources.cache.ping, needed=False),
    )
    checks = {"database": database, "sessions": sessions, "cache": cache}
    status: Literal["ready", "not_ready", "draining"] = "ready"
    if runtime.draining():
        status = "draining"
    elif any(check.status == "failed" for check in checks.values()):
        status = "not_ready"
    if status != "ready":
        response.status_code = 503
        response.headers["Retry-After"] = "1"
    response.headers["Cache-Control"] = "no-store"
    return Readiness(status=status, checks=checks)


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def get_metrics() -> Response:
    """Add up the metrics of this replica's workers; not for the outside."""
    text = await asyncio.to_thread(metrics.render)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


async def _check(name: str, ping: Callable[[], Awaitable[None]], *, needed: bool) -> Check:
    started = time.perf_counter()
    status: Literal["ok", "degraded", "failed"] = "ok"
    reason = None
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            await ping()
    except Exception as error:  # whatever a driver raises, the answer is "no"
        status = "failed" if needed else "degraded"
        reason = str(error) if isinstance(error, NotReady) else None
        log.warning("dependency does not answer", dependency=name, error=repr(error))
    ms = round((time.perf_counter() - started) * 1000, 2)
    return Check(status=status, ms=ms, reason=reason)
