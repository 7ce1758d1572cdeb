"""Ends what a job of the CPU pool has started, wherever it went.

A process that leaves its group and its parent still has the environment that it was started with.
As a program, it does so when the web worker is gone (run by `watchdog_guard.py`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

ROUNDS = 100
PAUSE = 0.01  # seconds for the killed to end

VARIABLE = "CPU_CHILD"  # the process id of the web worker, and a number


def end_marked(mark: str) -> None:
    """Kill each process with an environment in which `VARIABLE` starts with ``mark`` (on Linux)."""
    wanted = f"\0{VARIABLE}={mark}".encode()
    for _ in range(ROUNDS):  # one may have started another just before
        found = [pid for pid in _processes() if wanted in _environment(pid)]
        if not found:
            break
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(PAUSE)


def _processes() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return []


def _environment(pid: int) -> bytes:
    """Return the environment of a process of the same user; nothing if it has ended."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
        return b"\0" + file.read()
    return b""


if __name__ == "__main__":
    end_marked(sys.argv[1])
