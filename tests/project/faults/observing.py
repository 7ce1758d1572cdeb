"""What can be seen of a running service: its answers, log, metrics and processes."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2

from servers.base import Server

from ..service import Running

SOON = 30.0  # seconds that a crowded machine may take over what is nearly immediate


def eventually(check: Callable[[], bool], within: float = SOON) -> None:
    """Wait until ``check`` holds; fail if it does not within so many seconds."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if check():
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"not within {within} seconds")


def is_ready(service: Running) -> bool:
    return service.get("/readyz").status_code == 200


def is_unavailable(response: httpx2.Response) -> bool:
    return (
        response.status_code == 503
        and response.headers["content-type"] == "application/problem+json"
        and int(response.headers["retry-after"]) >= 1
    )


def log_lines(service: Running) -> list[dict[str, Any]]:
    return [json.loads(line) for line in service.log.read_text().splitlines() if line[:1] == "{"]


def starts(service: Running) -> list[float]:
    """Return when workers were ready to accept connections, in seconds since the epoch."""
    return [
        datetime.fromisoformat(line["timestamp"]).timestamp()
        for line in log_lines(service)
        if line["event"].startswith("Started worker")
    ]


def gauge(service: Running, name: str) -> float:
    """Return what the metrics say."""
    found = re.search(rf"^{name} (\S+)$", service.get("/metrics").text, re.M)
    assert found
    return float(found[1])


def in_flight(service: Running) -> float:
    """Return how many requests are being answered, as the metrics count them."""
    return gauge(service, "http_requests_in_flight")


def failing(server: Server, how: str) -> Any:
    """Return a context in which a server is stopped or paused."""
    return server.stopped() if how == "stopped" else server.paused()


def computing(service: Running) -> list[int]:
    """Return the processes for CPU work that have some: nothing else keeps them from sleeping."""
    stats = {
        child: Path(f"/proc/{child}/stat").read_text()
        for child in children(service)
        if "cpu_child" in Path(f"/proc/{child}/cmdline").read_text()
    }
    return [child for child, stat in stats.items() if stat.rpartition(")")[2].split()[0] == "R"]


def children(service: Running) -> list[int]:
    """Return the processes that its workers have started."""
    return [
        int(child)
        for worker in service.workers()
        for task in Path(f"/proc/{worker}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
