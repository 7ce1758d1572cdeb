"""Prometheus metrics of all workers of this replica."""

from __future__ import annotations

import os
from contextlib import nullcontext
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
from .metric_files import of_living_workers

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"

WORKERS = Gauge("web_workers", "Workers that live.", multiprocess_mode="livesum")
STARTS = Counter("web_worker_starts", "Workers started, the first ones included.")


def render() -> bytes:
    """Return the metrics in Prometheus' text format, added up over the workers."""
    tally.add_up()
    directory = os.environ.get(DIRECTORY)
    if directory is None:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    with of_living_workers(Path(directory)):
        return generate_latest(registry)


def count_worker() -> None:
    """Count this process among the workers, in the place of those that are gone."""
    directory = os.environ.get(DIRECTORY)
    with of_living_workers(Path(directory)) if directory else nullcontext():
        WORKERS.set(1)
        STARTS.inc()
