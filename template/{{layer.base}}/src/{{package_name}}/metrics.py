"""Prometheus metrics of all workers of this replica."""

from __future__ import annotations

import os
import re
from pathlib import Path

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    generate_latest,
    multiprocess,
)

from . import tally

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"

WORKERS = Gauge("web_workers", "Workers that live.", multiprocess_mode="livesum")
STARTS = Counter("web_worker_starts", "Workers started, the first ones included.")


def render() -> bytes:
    """Return the metrics in Prometheus' text format, added up over the workers."""
    tally.add_up()
    if DIRECTORY not in os.environ:
        return generate_latest(REGISTRY)
    forget_dead_workers()  # one that was replaced ended after its successor had started
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def count_worker() -> None:
    """Count this process among the workers, in the place of those that are gone."""
    forget_dead_workers()
    WORKERS.set(1)
    STARTS.inc()


def forget_dead_workers() -> None:
    """Drop the gauges of workers that are gone; what they counted stays counted."""
    directory = os.environ.get(DIRECTORY)
    if directory is None:
        return
    for path in Path(directory).glob("gauge_live*.db"):
        match = re.search(r"_(\d+)\.db$", path.name)
        if match and not Path(f"/proc/{match[1]}").exists():
            path.unlink(missing_ok=True)  # another worker may look at the same moment
