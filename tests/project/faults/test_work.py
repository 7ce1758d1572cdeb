"""Work that blocks, takes too long or loses its process."""

from __future__ import annotations

import json
import os
import signal
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from ..service import Running
from .host import Host
from .observing import computing, eventually, is_unavailable, log_lines, starts


def test_a_short_stall_is_logged_once_with_stacks(host: Host, service: Running) -> None:
    def stalls() -> int:
        return sum("time.sleep(seconds)" in json.dumps(line) for line in log_lines(service))

    before = stalls()
    assert service.get(f"/block/{host.change.stall}").json() == ["late"]
    assert stalls() == before + 1


def test_a_worker_that_stalls_for_good_is_replaced(killable_service: Running) -> None:
    service = killable_service
    before, started = service.workers(), len(starts(service))
    with pytest.raises(httpx2.TransportError):
        service.get("/block/60.0")
    eventually(lambda: len(starts(service)) > started)
    assert len(set(service.workers()) - set(before)) == 1


def test_a_request_over_its_time_gets_504(host: Host, service: Running) -> None:
    if not host.change.cancels:
        pytest.skip("a thread cannot be stopped; what it waits for has a timeout")
    response = service.get("/wait/30.0")
    assert response.status_code == 504
    assert response.headers["content-type"] == "application/problem+json"


def test_a_killed_child_process_fails_one_report(patient_service: Running) -> None:
    service = patient_service
    with ThreadPoolExecutor() as pool:
        doomed = pool.submit(service.post, "/api/reports", {"rounds": 5_000_000})
        eventually(lambda: bool(computing(service)))
        for pid in computing(service):
            os.kill(pid, signal.SIGKILL)
        assert is_unavailable(doomed.result())
    assert service.post("/api/reports", {"rounds": 1000}).status_code == 200


def test_healthz_stays_quick_while_reports_saturate_the_pool(patient_service: Running) -> None:
    service = patient_service
    stop = threading.Event()
    statuses: set[int] = set()

    def load() -> None:
        while not stop.is_set():
            statuses.add(service.post("/api/reports", {"rounds": 400_000}).status_code)

    with ThreadPoolExecutor(16) as pool:
        loads = [pool.submit(load) for _ in range(16)]
        try:
            eventually(lambda: statuses >= {200, 503})
            times = []
            for _ in range(100):
                started = time.monotonic()
                assert service.get("/healthz").status_code == 200
                times.append(time.monotonic() - started)
        finally:
            stop.set()
        for one in loads:
            one.result()
    assert statuses == {200, 503}, "the pool was full, and still worked"
    # Behind a report that blocks it would take seconds; the benchmark measures p95.
    assert statistics.median(times) < 0.25
