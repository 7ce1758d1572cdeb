"""Notices an event loop that stands still: says where, and has the worker replaced if it stays so.

Granian looks after workers that die, not after those that no longer answer.
"""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self

import structlog
from prometheus_client import Histogram

from . import metric_storage, saturation, tally
from .guard import Guard
from .orphan import OrphanCheck
from .stacks import stacks

log = structlog.get_logger(__name__)

INTERVAL = 0.25  # seconds between two heartbeats

LAG = Histogram(
    "event_loop_lag_seconds",
    "How late the event loop runs what is due.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)


class Watchdog:
    """Watches the event loop that enters it (``async with``).

    Args:
        warning: seconds without a heartbeat after which the stacks of all threads are logged, once
            for each stall.
        limit: seconds after which the process is ended by SIGALRM, its stacks going to stderr; the
            server starts a new worker. None: never, as one wants it with a debugger.
    """

    def __init__(self, warning: float, limit: float | None) -> None:
        self._warning = warning
        self._limit = limit
        self._interval = min(INTERVAL, warning / 4)
        self._orphan_check = OrphanCheck()
        self._beats = 0
        self._stopped = threading.Event()

    async def __aenter__(self) -> Self:
        self._guard = Guard(self._limit) if self._limit else None
        self._loop_thread = threading.get_ident()
        self._heart = asyncio.create_task(self._beat())
        self._watcher = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._watcher.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._heart.cancel()
        await asyncio.wait({self._heart})  # which raises nothing, whatever the heart died of
        tally.add_up()
        self._stopped.set()
        self._watcher.join()
        if self._guard:
            self._guard.stop()

    async def _beat(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + self._interval
            await asyncio.sleep(self._interval)
            LAG.observe(max(0.0, clock() - due))
            self._beats += 1
            saturation.sample()
            tally.add_up()
            metric_storage.keep()
            self._orphan_check.run()
            if self._guard:
                self._guard.beat()

    def _watch(self) -> None:
        """Count the seconds of silence; runs in a thread.

        They are counted, not read from a clock, because time in which the whole process was stopped
        is no stall.
        """
        silence, beats = 0.0, self._beats
        while not self._stopped.wait(self._interval):
            if self._beats != beats:
                silence, beats = 0.0, self._beats
                continue
            before = silence
            silence += self._interval
            if before < self._warning <= silence:
                log.error("event loop stalled", seconds=silence, stacks=stacks({self._loop_thread}))
