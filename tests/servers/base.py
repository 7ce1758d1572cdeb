"""What all servers share: a process, a port, a directory, and how they start and end."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from .binaries import MissingServer
from .ports import LOOPBACK, free_port

__all__ = ["MissingServer", "Server", "StartError"]

START_TIMEOUT = 30.0  # seconds
STOP_TIMEOUT = 15.0  # seconds, then SIGKILL
PORT_TRIES = 3

# Waits for its standard input to end, as it does when the test run dies, however it dies.
GUARD = 'read -r _; kill -KILL "$0" 2>/dev/null; sleep 1; rm -rf "$1"'


class StartError(RuntimeError):
    """The server did not start; the message ends with its log."""


class Server(ABC):
    """One server process with its own directory, on one port of 127.0.0.1.

    Attributes:
        port: the same for the life of this object, whatever is started and stopped.
        directory: holds the data and ``server.log``; removed by ``close``.
    """

    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self) -> None:
        self.port = free_port()
        # Directly in the system's temporary directory: a socket's path is at most 107 bytes.
        self.directory = Path(tempfile.mkdtemp(prefix=f"{type(self).__name__.lower()}-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """The address to hand to a client."""

    @property
    def pid(self) -> int:
        """The main process.

        Raises:
            RuntimeError: if it is not running.
        """
        if self._process is None:
            raise RuntimeError(f"{type(self).__name__} is stopped")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the main process lives."""
        return self._process is not None and self._process.poll() is None

    @abstractmethod
    def prepare(self) -> None:
        """Fill the directory before the first start."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command line of the server, in the foreground."""

    @abstractmethod
    def ready(self) -> bool:
        """Tell whether the server answers its clients; an OSError counts as no."""

    def process_options(self) -> dict[str, Any]:
        """Return further arguments for ``subprocess``, such as the user to run as."""
        return {}

    def start(self) -> Self:
        """Start the server on its port with the data that it has, and wait until it answers.

        Raises:
            StartError: if it ends at once, or does not answer in time.
        """
        if self.running:
            return self
        with (self.directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for the tests: the servers end after them.
                start_new_session=True,
                **self.process_options(),
            )
        self._guard = subprocess.Popen(
            ["sh", "-c", GUARD, str(self.pid), str(self.directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the server and keep its data; a server that has ended already is fine."""
        process, self._process = self._process, None
        guard, self._guard = self._guard, None
        if process is not None:
            if process.poll() is None:
                process.send_signal(self.stop_signal)
                process.send_signal(signal.SIGCONT)  # it may be paused
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if guard is not None:
            guard.kill()
            guard.communicate()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the server for a while: clients are refused."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Freeze the main process for a while: clients connect and hear nothing.

        PostgreSQL serves the connections that it has in other processes, which run on.
        """
        process = self._process
        assert process is not None, "a stopped server cannot be paused"
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Stop the server and remove its directory."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.prepare()
            for tries_left in reversed(range(PORT_TRIES)):
                try:
                    return self.start()
                except StartError:
                    # Somebody may have taken the port since it was found free.
                    if not tries_left or not self._port_taken():
                        raise
                    self.port = free_port()
        except BaseException:
            self.close()
            raise
        raise AssertionError("unreachable")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def connect(self, timeout: float = 2.0) -> socket.socket:
        """Return a new TCP connection to the server; ``timeout`` (seconds) holds for its life."""
        return socket.create_connection((LOOPBACK, self.port), timeout)

    def log(self, lines: int = 30) -> str:
        """Return the last lines of what the server has written."""
        text = (self.directory / "server.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            # First: another server that has the port must not pass for this one.
            if not self.running:
                raise StartError(f"{type(self).__name__} ended at once:\n{self.log()}")
            try:
                if self.ready():
                    return
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise StartError(f"{type(self).__name__} does not answer:\n{self.log()}")
            time.sleep(0.02)

    def _port_taken(self) -> bool:
        try:
            self.connect().close()
        except OSError:
            return False
        return True
