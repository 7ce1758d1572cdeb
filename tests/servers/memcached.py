"""Memcached."""

from __future__ import annotations

import getpass
import signal
from typing import ClassVar

from .base import Server
from .binaries import find_binary
from .ports import LOOPBACK


class Memcached(Server):
    """A memcached server; what it holds ends with it.

    Args:
        memory: MiB for the items.
        options: further ones of the command line.
    """

    # It has nothing to save, and takes a second to heed SIGTERM.
    stop_signal: ClassVar[signal.Signals] = signal.SIGKILL

    def __init__(self, memory: int = 64, options: tuple[str, ...] = ()) -> None:
        self._binary = find_binary("memcached", package="memcached")
        self._memory = memory
        self._options = options
        super().__init__()

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"memcached://{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        """Nothing to do: it keeps no files."""

    def command(self) -> list[str]:
        """Return the command line of the server; it may run as root when it is told to."""
        return [
            str(self._binary),
            *("--listen", LOOPBACK, "--port", str(self.port), "--udp-port", "0"),
            *("--memory-limit", str(self._memory), "--user", getpass.getuser()),
            *self._options,
        ]

    def ready(self) -> bool:
        """Tell whether this server answers."""
        return f"STAT pid {self.pid}" in self._ask("stats", end="END")

    def flush(self) -> None:
        """Forget all items."""
        answer = self._ask("flush_all", end="OK")
        if answer != ["OK"]:
            raise RuntimeError(f"flush_all: {answer}")

    def _ask(self, command: str, end: str) -> list[str]:
        """Return the lines of the answer to a command, through the one that is ``end``."""
        lines: list[str] = []
        with self.connect() as connection, connection.makefile("rb") as stream:
            connection.sendall(f"{command}\r\n".encode())
            for line in stream:
                lines.append(line.decode(errors="replace").rstrip())
                if lines[-1] == end or "ERROR" in lines[-1]:
                    break
        return lines
