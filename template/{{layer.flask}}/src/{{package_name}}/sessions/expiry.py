"""The end of sessions that nobody can use any more."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import structlog
from flask import Flask

if TYPE_CHECKING:
    from .store import Store

log = structlog.get_logger(__name__)

INTERVAL = 600.0  # seconds between two removals


class Expiry:
    """A thread of this process that removes what has expired, from time to time."""

    def __init__(self, app: Flask, store: Store) -> None:
        self._app = app
        self._store = store
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="session-expiry", daemon=True)

    def start(self) -> None:
        """Begin; the first removal is some minutes ahead."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        # Spread over the interval, so that not all workers do it at the same time.
        while not self._stopped.wait(INTERVAL * random.uniform(0.5, 1.5)):
            try:
                with self._app.app_context():
                    count = self._store.delete_expired()
                if count:
                    log.info("expired sessions removed", count=count)
            except Exception as error:  # next time, then
                log.warning("expired sessions not removed", error=repr(error))
