"""Notices an event loop that stands still: says where, and has the worker replaced if it stays so.

Granian looks after workers that die, not after those that no longer answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import os
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from prometheus_client import Histogram

log = structlog.get_logger(__name__)

INTERVAL = 0.25  # seconds between two heartbeats
MAX_FRAMES = 20  # innermost frames of each thread that are logged

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
        with contextlib.suppress(asyncio.CancelledError):
            await self._heart
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
                log.error("event loop stalled", seconds=silence, stacks=self._stacks())

    def _stacks(self) -> dict[str, list[str]]:
        """Return where each thread is, innermost call last; the event loop's thread comes first."""
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        frames = sys._current_frames()
        frames.pop(threading.get_ident(), None)
        return {
            f"{names.get(ident, 'thread')} {ident}": [
                f"{call.filename}:{call.lineno} {call.name}: {call.line}"
                for call in traceback.extract_stack(frames[ident], limit=MAX_FRAMES)
            ]
            for ident in sorted(frames, key=lambda ident: ident != self._loop_thread)
        }


class Guard:
    """The process that ends this one if it stops beating for ``limit`` seconds."""

    def __init__(self, limit: float) -> None:
        # Shows the stacks without the interpreter's help, then does what the signal does by itself.
        faulthandler.register(signal.SIGALRM, file=2, all_threads=True, chain=True)
        script = Path(__file__).with_name("watchdog_guard.py")
        read_end, self._pipe = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", script, str(os.getpid()), str(limit)],
            stdin=read_end,
            process_group=0,
        )
        os.close(read_end)
        os.set_blocking(self._pipe, False)

    def beat(self) -> None:
        """Say that all is well."""
        with contextlib.suppress(OSError):  # a pipe full of beats nobody reads, or no guard
            os.write(self._pipe, b".")

    def stop(self) -> None:
        """End the guard."""
        os.close(self._pipe)
        self._process.kill()
        self._process.wait()
        faulthandler.unregister(signal.SIGALRM)
