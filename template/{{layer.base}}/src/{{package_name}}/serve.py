"""The server: Granian, one worker per core, supervised."""

from __future__ import annotations

import os
import signal
import socket
import threading
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer

from . import runtime
from .config import Settings
from .interface import options
from .listening import claim
from .logs import configure_logging, drop_what_cannot_be_written, logging_config
from .stores_start import check_stores

HEAD_TIMEOUT = 10.0  # seconds for the head of a request, and between two requests


class Server(MPServer):
    """Granian that says "not ready" for a while before it stops accepting connections."""

    def __init__(self, *, claimed: socket.socket, drain_delay: float, **options: Any) -> None:
        super().__init__(**options)
        self._claimed = claimed
        self._drain_delay = drain_delay
        self._draining = False

    def signal_handler_interrupt(self, *_args: Any, **_kwargs: Any) -> None:
        """Drain on the first SIGTERM or SIGINT, stop at once on the second."""
        if self._draining or not self._drain_delay:
            self._stop()
            return
        self._draining = True
        runtime.start_draining()
        timer = threading.Timer(self._drain_delay, self._stop)
        timer.daemon = True
        timer.start()

    def _stop(self) -> None:
        self._claimed.close()  # the next service may start as soon as no worker listens
        super().signal_handler_interrupt()  # type: ignore[no-untyped-call]


def serve(settings: Settings, *, reload: bool = False) -> None:
    """Run the service until a signal ends it.

    A worker that dies, or grows past its memory or its age, is replaced. A worker that stalls ends
    itself (see watchdog.py): Granian does not look for that.

    Args:
        settings: where to listen, how many workers, how long to wait.
        reload: one worker that starts again when a source file changes; for development.

    Raises:
        SystemExit: with one sentence if it cannot listen where the settings say or work with its
            stores, or with 1 if the workers keep ending.
    """
    check_stores(settings)
    claimed = claim(settings.host, settings.port)
    os.register_at_fork(after_in_child=_end_at_signals)
    drop_what_cannot_be_written()
    configure_logging(settings.log_level, settings.log_format)
    directory = runtime.create()
    server = Server(
        **options(settings),
        factory=True,
        address=settings.host,
        port=settings.port,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=int(min(HEAD_TIMEOUT, settings.request_timeout) * 1000),
            max_buffer_size=64 * 1024,  # bytes, and so the bound of a request's head
        ),
        workers=1 if reload else settings.web_workers,
        backlog=2048,
        backpressure=settings.web_backpressure,
        respawn_failed_workers=True,
        respawn_interval=3.5,  # seconds that an old worker goes on while its successor starts
        workers_kill_timeout=int(settings.drain_timeout),
        workers_lifetime=settings.web_workers_lifetime,
        workers_max_rss=settings.web_workers_max_rss,
        log_level=LogLevels(settings.log_level.lower()),
        log_dictconfig=logging_config(settings.log_level, settings.log_format),
        reload=reload,
        reload_paths=[Path(__file__).parent] if reload else None,
        reload_ignore_worker_failure=reload,
        claimed=claimed,
        drain_delay=settings.drain_delay,
    )
    try:
        server.serve()
    finally:
        runtime.remove(directory)


def _end_at_signals() -> None:
    """Let a worker that is starting end at once: the handlers it inherits are the server's."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
