"""How many processors this process may use."""

from __future__ import annotations

import math
import os
from pathlib import Path

CPU_MAX = Path("/sys/fs/cgroup/cpu.max")  # a container's limit (control groups, version 2)


def usable_cores() -> int:
    """Return how many cores the scheduler and the container's limit allow, at least one."""
    cores = os.process_cpu_count() or 1
    try:
        quota, period = CPU_MAX.read_text().split()
    except (OSError, ValueError):
        return cores
    return cores if quota == "max" else max(1, min(cores, math.ceil(int(quota) / int(period))))
