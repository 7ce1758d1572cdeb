"""Whether the machine has time for a measurement."""

from __future__ import annotations

import time
from pathlib import Path

from .report import Row


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
