"""Prometheus metrics of all workers of this replica."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import structlog
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    generate_latest,
    multiprocess,
)

from . import metric_storage, tally  # the first one before any metric is made
from .metric_files import of_living_workers

log = structlog.get_logger(__name__)

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"

WORKERS = Gauge("web_workers", "Workers that live.", multiprocess_mode="livesum")
STARTS = Counter("web_worker_starts", "Workers started, the first ones included.")


def render() -> bytes:
    """Return the metrics in Prometheus' text format, added up over the workers.

    If their files cannot be read, they are those of this worker alone.
    """
    tally.add_up()
    metric_storage.keep()
    directory = os.environ.get(DIRECTORY)
    if directory is not None:
        try:
            with of_living_workers(Path(directory)):
                registry = CollectorRegistry()
                multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
                return generate_latest(registry)
        except Exception:  # of a deleted file, or one cut short
            log.exception("metrics of the other workers cannot be read")
    return generate_latest(REGISTRY)


def count_worker() -> None:
    """Count this process among the workers, in the place of those that are gone."""
    directory = os.environ.get(DIRECTORY)
    try:
        with of_living_workers(Path(directory)) if directory else nullcontext():
            WORKERS.set(1)
            STARTS.inc()
    except OSError as error:  # a worker without its metrics is better than none
        log.warning("worker not counted", error=repr(error))
