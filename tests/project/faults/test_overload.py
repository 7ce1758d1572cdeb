"""One client asks for what is expensive as fast as it can; the others still get their share."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ..service import Running
from .host import Host
from .observing import is_unavailable

GREEDY = 40  # connections of the client that asks all the time
PASSWORD = "correct horse battery"

# Clients state their address in a header, as a balancer would.
LIMITED = {
    "TRUSTED_PROXIES": "127.0.0.1",
    "REGISTRATION_LIMIT": "5/hour",
    "LOGIN_LIMIT": "1000/minute",
}
IMPATIENT = {
    **LIMITED,
    "STATEMENT_TIMEOUT": "1",
    "CPU_TIME_LIMIT": "1",
    "REQUEST_TIMEOUT": "2",
}


def sign_up(service: Running, email: str, address: str) -> Any:
    body = {"email": email, "name": "Somebody", "password": PASSWORD}
    return service.post("/api/accounts", body, headers={"X-Forwarded-For": address})


def log_in(service: Running, email: str, address: str) -> int:
    body = {"email": email, "password": PASSWORD}
    headers = {"X-Forwarded-For": address}
    return int(service.post("/api/session", body, headers=headers).status_code)


def anywhere() -> str:
    return f"198.51.{random.randrange(256)}.{random.randrange(256)}"


def new_email() -> str:
    return f"{uuid4().hex}@example.com"


def peak_memory(service: Running) -> int:
    """Return the most that a worker has had since its start, in MiB."""
    peaks = [
        int(line.split()[1])
        for worker in service.workers()
        for line in Path(f"/proc/{worker}/status").read_text().splitlines()
        if line.startswith("VmHWM")
    ]
    return max(peaks) // 1024


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(GREEDY) as pool:
        yield pool


def test_some_hashes_are_made_and_the_rest_is_refused(
    host: Host, crowd: ThreadPoolExecutor
) -> None:
    service = host.run(IMPATIENT)
    started = time.monotonic()
    statuses: Counter[int] = Counter()

    def ask() -> None:
        while time.monotonic() < started + (6 if statuses[201] else 60):
            response = sign_up(service, new_email(), anywhere())
            assert response.status_code in {201, 503, 504}, response.text
            if response.status_code == 503:
                assert is_unavailable(response)
                time.sleep(0.1)
            statuses[response.status_code] += 1

    for asking in [crowd.submit(ask) for _ in range(GREEDY)]:
        asking.result()
    assert statuses[201] > 0
    assert statuses[503] > statuses[504], "refused at once, not kept waiting"
    # 18 hashes at once took 18 times 64 MiB.
    assert peak_memory(service) < 400


def test_registrations_leave_half_of_the_room_to_logins(
    host: Host, crowd: ThreadPoolExecutor
) -> None:
    service = host.run(LIMITED)
    known = new_email()
    assert sign_up(service, known, anywhere()).status_code == 201
    full, stop = threading.Event(), threading.Event()

    def ask() -> None:
        while not stop.is_set():
            if sign_up(service, new_email(), anywhere()).status_code == 503:
                full.set()
                time.sleep(0.1)

    try:
        asking = [crowd.submit(ask) for _ in range(GREEDY)]
        assert full.wait(60)
        statuses = [log_in(service, known, "192.0.2.2") for _ in range(10)]
    finally:
        stop.set()
    for each in asking:
        each.result()
    assert statuses == [200] * 10


@pytest.mark.parametrize(
    ("one", "neighbour", "other"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("2001:db8::1", "2001:db8::2", "2001:db8:1::1"),
    ],
    ids=["IPv4", "IPv6"],
)
def test_an_address_that_registers_often_is_refused(
    host: Host, one: str, neighbour: str, other: str
) -> None:
    service = host.run(LIMITED)
    taken = new_email()
    statuses = [sign_up(service, taken, one).status_code for _ in range(6)]
    assert statuses == [201, *[409] * 4, 429]
    for email in (taken, new_email()):
        refused = sign_up(service, email, neighbour)
        assert refused.status_code == refused.json()["status"] == 429
        assert int(refused.headers["retry-after"]) >= 1
    assert sign_up(service, new_email(), other).status_code == 201
    assert log_in(service, taken, one) == 200
