"""Stores that are stopped or frozen."""

from __future__ import annotations

import time

import pytest

from servers.base import Server

from ..service import Running
from .observing import eventually, failing, is_ready, is_unavailable


def test_database_stopped_and_started(service: Running, postgresql: Server) -> None:
    assert service.get("/api/posts?limit=57").status_code == 200
    with postgresql.stopped():
        started = time.monotonic()
        assert is_unavailable(service.get("/api/posts?limit=58"))
        assert time.monotonic() - started < 4
        assert service.get("/healthz").status_code == 200
        readiness = service.get("/readyz")
        assert readiness.status_code == 503
        assert readiness.json()["checks"]["database"]["status"] == "failed"
        assert service.get("/api/posts?limit=57").status_code == 200, "cached answers go on"
    eventually(lambda: is_ready(service))
    answers = [service.get(f"/api/posts?limit={limit}").status_code for limit in range(60, 90)]
    assert answers == [200] * 30
    assert service.process.poll() is None


@pytest.mark.parametrize("how", ["stopped", "paused"])
def test_without_its_cache_the_service_answers(service: Running, redis: Server, how: str) -> None:
    def state() -> str:
        readiness = service.get("/readyz")
        assert readiness.status_code == 200
        return str(readiness.json()["checks"]["cache"]["status"])

    service.get("/api/posts")
    times = []
    with failing(redis, how):
        for limit in range(1, 31):
            started = time.monotonic()
            assert service.get(f"/api/posts?limit={limit}").status_code == 200
            times.append(time.monotonic() - started)
        assert state() == "degraded"
    # The machine may be late once or twice.
    assert sorted(times)[-3] < 0.5
    eventually(lambda: state() == "ok")


@pytest.mark.parametrize("how", ["stopped", "paused"])
def test_without_its_sessions_the_service_says_so(
    service: Running, redis_sessions: Server, how: str
) -> None:
    cookie = service.get("/api/session").headers["set-cookie"].partition(";")[0]
    with failing(redis_sessions, how):
        assert is_unavailable(service.get("/api/session", headers={"Cookie": cookie}))
        assert is_unavailable(service.get("/api/session"))
        assert service.get("/healthz").status_code == 200
        assert service.get("/readyz").status_code == 503
        assert service.get("/api/posts").status_code == 200
    eventually(lambda: is_ready(service))
    if how == "paused":
        again = service.get("/api/session", headers={"Cookie": cookie})
        assert again.json()["visits"] == 2
