"""One child process of the CPU pool: runs the functions that it is sent.

It is started as a program of its own, so it imports this module and what the functions need, never
the web application.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import sys
import threading
import traceback
from multiprocessing.connection import Connection

NICENESS = 10  # added to the web worker's: who answers requests goes before who computes


def main(descriptor: int, time_limit: float) -> None:
    """Answer requests from the socket ``descriptor`` until the other end is closed."""
    # Both signals may reach a whole group of processes; the pool decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.set_inheritable(descriptor, False)
    # A job may fork. Its process must not answer, and must not keep the connection open.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.register_at_fork(after_in_child=lambda: os.dup2(nowhere, descriptor, inheritable=False))
    os.nice(NICENESS)
    threading.Thread(target=_end_with_parent, args=(descriptor,), daemon=True).start()
    with Connection(descriptor) as parent, contextlib.suppress(EOFError, ConnectionError):
        while True:
            request = parent.recv_bytes()
            # The pool keeps the time. This alarm is for a parent that has died while C code keeps
            # the interpreter from noticing: the kernel then ends the process.
            signal.setitimer(signal.ITIMER_REAL, time_limit)
            parent.send_bytes(_answer(request))
            signal.setitimer(signal.ITIMER_REAL, 0)


def _end_with_parent(descriptor: int) -> None:
    """End the process, even in the middle of a job, when nobody is left to take the result."""
    hangup = select.poll()
    hangup.register(descriptor, 0)  # a closed other end is always reported
    hangup.poll()
    os.killpg(0, signal.SIGKILL)  # with what the job has started


def _answer(request: bytes) -> bytes:
    """Run one pickled ``(function, args)``.

    Returns:
        Pickled: whether it succeeded, its result or exception, and whether it left no process.
    """
    try:
        function, args = pickle.loads(request)  # noqa: S301 - from the pool
        result = function(*args)
        return pickle.dumps((True, result, _is_alone()))
    except Exception as error:
        report = "".join(traceback.format_exception(error))
        error.add_note(f"In the child process:\n{report}")
        try:
            answer = pickle.dumps((False, error, _is_alone()))
            pickle.loads(answer)  # noqa: S301 - not every exception survives the journey
        except Exception:
            answer = pickle.dumps((False, RuntimeError(report), _is_alone()))
        return answer


def _is_alone() -> bool:
    """Return whether this process has no children (known on Linux only)."""
    with contextlib.suppress(OSError):
        for thread in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{thread}/children") as file:
                if file.read():
                    return False
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
