"""Clients that see what happens to each of their requests, which wrk does not tell."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

TIMEOUT = 2.0  # seconds that a visitor waits
PAUSE = 0.02  # seconds between two requests of a visitor
VISITORS = 4  # at a time


CALM = 0.03  # seconds for an answer of /healthz
CALM_WITHIN = 60.0  # seconds


def wait_until_calm(url: str) -> None:
    """Wait until a service has nothing left to do: it answers at once, ten times in a row.

    Raises:
        RuntimeError: it does not come to that.
    """
    deadline = time.monotonic() + CALM_WITHIN
    in_a_row = 0
    while in_a_row < 10:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{url} is still busy; has the machine something else to do?")
        started = time.perf_counter()
        good = _answers(url, "/healthz")
        in_a_row = in_a_row + 1 if good and time.perf_counter() - started < CALM else 0
        time.sleep(0.05)


@dataclass
class Seen:
    """What visitors were answered."""

    good: int = 0
    failed: int = 0


@contextlib.contextmanager
def visitors(url: str, path: str) -> Iterator[Seen]:
    """Let some visitors come while the block runs, each time on a new connection."""
    seen, over, lock = Seen(), threading.Event(), threading.Lock()

    def visit() -> None:
        while not over.wait(PAUSE):
            good = _answers(url, path)
            with lock:
                seen.good += good
                seen.failed += not good

    threads = [threading.Thread(target=visit) for _ in range(VISITORS)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _answers(url: str, path: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def forgotten(replicas: list[str], number: int) -> float:
    """Return the share of visitors who come a second time and are not known any more.

    Like a balancer does it, the replicas take turns with the requests of all visitors together: in
    pairs, so that each visitor meets the same one half of the time.
    """
    lost = 0
    for visitor in range(number):
        first, second = replicas[visitor % 2], replicas[visitor // 2 % 2]
        with httpx2.Client(timeout=TIMEOUT, verify=False) as client:
            client.get(f"{first}/api/session").raise_for_status()
            visits = client.get(f"{second}/api/session").raise_for_status().json()["visits"]
        lost += visits != 2
    return lost / number


FAILURES = (
    ("GET", "/api/before/crash", None),
    ("GET", "/api/no-such-thing", None),
    ("DELETE", "/api/session/1", None),
    ("POST", "/api/session", b'{"email": '),
)


def traced(url: str, log: str) -> float:
    """Return the share of failures whose answer has the id by which the operators find them.

    Args:
        url: the service.
        log: the file that it writes to. A crash must be in it, by its id.
    """
    found = 0
    for method, path, body in FAILURES:
        headers = {"Content-Type": "application/json"}
        answer = httpx2.request(method, url + path, content=body, headers=headers, timeout=TIMEOUT)
        if answer.status_code < 400:
            raise RuntimeError(f"{method} {path} did not fail")
        found += _is_traced(answer, log)
    return found / len(FAILURES)


def _is_traced(answer: httpx2.Response, log: str) -> bool:
    try:
        request_id = answer.json()["request_id"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return False
    if answer.status_code < 500:
        return True
    time.sleep(0.2)  # the log is written by another process
    with open(log, encoding="utf-8") as lines:
        return any(request_id in line and "nobody has foreseen" in line for line in lines)
