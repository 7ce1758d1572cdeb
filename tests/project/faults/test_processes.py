"""Workers and servers that are killed, replaced or stopped."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..service import Running
from .host import SHORT, Host
from .observing import SOON, children, eventually, gauge, in_flight, starts


def test_a_killed_worker_is_replaced(killable_service: Running) -> None:
    service = killable_service
    before, started = service.workers(), len(starts(service))
    with ThreadPoolExecutor(16) as pool:
        requests = [pool.submit(service.get, "/wait/3.0") for _ in range(16)]
        eventually(lambda: in_flight(service) >= 16)
        os.kill(before[0], signal.SIGKILL)
    assert any(request.exception() for request in requests)
    eventually(lambda: len(starts(service)) > started)
    assert len(set(service.workers()) - set(before)) == 1
    answers = [service.get("/api/posts").status_code for _ in range(100)]
    assert answers == [200] * 100
    # What the dead one was doing is forgotten; the question itself may be there.
    eventually(lambda: in_flight(service) <= 1)


def test_workers_that_were_replaced_are_not_counted(service: Running) -> None:
    before = set(service.workers())
    service.process.send_signal(signal.SIGHUP)  # each is replaced as an old one would be
    eventually(lambda: len(service.workers()) == 2 and not before & set(service.workers()))
    assert gauge(service, "web_workers") == 2


def test_a_request_in_flight_is_finished_at_sigterm(service: Running) -> None:
    with ThreadPoolExecutor() as pool:
        request = pool.submit(service.get, "/wait/3.0")
        eventually(lambda: in_flight(service) >= 1)
        assert service.stop(SOON) == 0
        assert request.done(), "it was waited for"
    assert request.result().status_code == 200


def test_not_ready_while_draining(host: Host) -> None:
    service = host.run({**SHORT, "DRAIN_DELAY": "3"})
    service.process.send_signal(signal.SIGTERM)
    eventually(lambda: service.get("/readyz").json()["status"] == "draining", within=3)
    assert service.get("/readyz").status_code == 503
    assert service.get("/api/posts").status_code == 200, "it still serves"
    assert service.process.wait(SOON) == 0


def test_workers_end_with_their_server(patient_service: Running) -> None:
    workers = patient_service.workers()
    assert len(workers) == 2
    patient_service.process.kill()
    patient_service.process.wait()
    eventually(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


def test_no_child_outlives_a_killed_service(patient_service: Running) -> None:
    service = patient_service
    assert service.post("/api/reports", {"rounds": 1000}).status_code == 200
    left = children(service)
    assert left
    for pid in [service.process.pid, *service.workers()]:
        os.kill(pid, signal.SIGKILL)
    service.process.wait()
    eventually(lambda: not any(Path(f"/proc/{child}").exists() for child in left))
