"""The machine: whether it has time for a measurement, and who gets which of its cores."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .report import Row

ALL = frozenset(os.sched_getaffinity(0))
CONTESTANT = frozenset([min(ALL)])
OTHERS = ALL - CONTESTANT or ALL  # for the load and the servers


@contextmanager
def on(cores: frozenset[int]) -> Iterator[None]:
    """Keep this process, and what the block starts, on these cores.

    One worker has one core: it can use no more for its Python, and which part of its threads' time
    is spent on moving between cores, and on waiting for the load, is a matter of luck otherwise.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def foreign_load(when: str, seconds: float = 3.0) -> Row:
    """Watch the processors while nothing is measured: what they do then is for others."""
    idle, total = _ticks()
    time.sleep(seconds)
    later_idle, later_total = _ticks()
    busy = 1 - (later_idle - idle) / max(1, later_total - total)
    return Row(f"processors busy with something else, {when}", 100 * busy, "%")


def _ticks() -> tuple[int, int]:
    """Return the time that all processors were idle, and all their time, since the boot."""
    ticks = [int(item) for item in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)
