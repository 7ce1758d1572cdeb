"""Whether the load generator keeps up; if not, it measures itself and not the service."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import gevent
import psutil

CPU_LIMIT = 90.0  # percent of a core; a process has but one
LAG_LIMIT = 50.0  # milliseconds that an answer may wait to be looked at
INTERVAL = 1.0  # seconds between two reports of a process
NAP = 0.05  # seconds


class Pulse:
    """Measures how late this process is, and how busy."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._process.cpu_percent()  # counts from here
        self._lags: list[float] = []

    def beat(self) -> NoReturn:
        """Sleep, and note by how much too long; a greenlet does this for ever."""
        while True:
            started = time.perf_counter()
            gevent.sleep(NAP)
            self._lags.append(max(0.0, time.perf_counter() - started - NAP) * 1000)

    def report(self) -> dict[str, Any]:
        """Return what was measured since the last report."""
        lags, self._lags = self._lags, []
        return {"cpu": self._process.cpu_percent(), "lags": lags}


@dataclass
class Health:
    """What the processes of the generator reported in a stretch of time.

    Attributes:
        cpu: percent of a core, for each process, one number for each report.
        lags: milliseconds by which the processes were late.
        machine: percent of all the cores of this machine, whoever used them.
    """

    cpu: dict[str, list[float]] = field(default_factory=dict)
    lags: list[float] = field(default_factory=list)
    machine: list[float] = field(default_factory=list)

    def add(self, process: str, report: dict[str, Any]) -> None:
        """Take the report of a process."""
        self.cpu.setdefault(process, []).append(report["cpu"])
        self.lags += report["lags"]

    @property
    def highest_cpu(self) -> float:
        """Return the percentage of a core that one process used at most, on average."""
        return max((_mean(shares) for shares in self.cpu.values()), default=0.0)

    @property
    def lag(self) -> float:
        """Return the milliseconds within which 95 of 100 answers were looked at."""
        ordered = sorted(self.lags)
        return ordered[int(0.95 * (len(ordered) - 1))] if ordered else 0.0

    @property
    def saturated(self) -> bool:
        """Tell whether the generator was at its limit."""
        return self.highest_cpu >= CPU_LIMIT or self.lag >= LAG_LIMIT

    def limit(self, throughput: float) -> float:
        """Estimate how many requests a second it could make, from what it did make."""
        used = _mean([_mean(shares) for shares in self.cpu.values()])
        return throughput * CPU_LIMIT / used if used else 0.0

    def describe(self, throughput: float) -> str:
        """Say how the generator did, and where its limit is."""
        processes = f"{len(self.cpu)} process" + ("es" if len(self.cpu) != 1 else "")
        return (
            f"{processes}, at most {self.highest_cpu:.0f} % of a core each, 95 % of answers looked"
            f" at within {self.lag:.0f} ms; its limit is near {self.limit(throughput):,.0f}"
            f" requests/s; all of this machine: {_mean(self.machine):.0f} % busy"
        )


def machine() -> float:
    """Return how busy all cores of this machine were since the call before, in percent."""
    return float(psutil.cpu_percent())


def every(seconds: float, act: Callable[[], object]) -> NoReturn:
    """Do something again and again; for a greenlet."""
    while True:
        gevent.sleep(seconds)
        act()


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
