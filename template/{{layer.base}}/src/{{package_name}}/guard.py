"""Has this process ended, should it stop beating."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import subprocess
import sys
from pathlib import Path


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
