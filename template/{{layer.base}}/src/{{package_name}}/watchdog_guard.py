"""Ends a web worker that has stopped beating; a process of its own, run by `guard.py`.

When the worker is gone, however that came, it ends the CPU jobs that are left of it.

Only another process can do that in every case. A thread of the worker cannot run while C code keeps
the interpreter's lock, and a timer in it goes on while the worker is stopped (SIGSTOP, a paused
container), so that it would fire as soon as the worker may run again. Here the silence is counted
in ticks of this process, which stands still together with the machine or the container.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from pathlib import Path

GRACE = 1.0  # seconds between the signal that shows the stacks and the one that cannot be missed


def main(pid: int, limit: float) -> None:
    """Wait until no byte has come from the worker for ``limit`` seconds, or the pipe is closed."""
    # These may reach a whole group of processes: the worker goes on until it has drained.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    tick = min(0.25, limit / 4)
    silence = 0.0
    while silence < limit:
        readable, _, _ = select.select([sys.stdin], [], [], tick)
        if not readable:
            silence += 0.0 if is_stopped(pid) else tick
        elif os.read(sys.stdin.fileno(), 4096):
            silence = 0.0
        else:
            return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGALRM)
        time.sleep(GRACE)
        os.kill(pid, signal.SIGKILL)


def is_stopped(pid: int) -> bool:
    """Tell whether a signal or a debugger has stopped the process (known on Linux only)."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] in "Tt"
    except OSError:
        return False


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
    leftovers = str(Path(__file__).with_name("leftovers.py"))
    command = [sys.executable, "-I", "-S", leftovers, f"{sys.argv[1]}-"]
    os.execv(sys.executable, command)  # noqa: S606 - our own program
