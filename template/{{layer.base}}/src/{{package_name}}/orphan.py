"""Ends a worker whose server is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal


class OrphanCheck:
    """Stops this worker when the server that started it has died.

    A server that is killed, as when memory is short, cannot end its workers. They would go on to
    answer, at the port of the next server, and nobody would look after them.
    """

    def __init__(self) -> None:
        self._orphaned = False

    def run(self) -> None:
        """Look for the server; without one, stop gracefully: requests in flight are answered."""
        server = multiprocessing.parent_process()
        if server and server.pid != os.getppid() and not self._orphaned:
            self._orphaned = True
            os.kill(os.getpid(), signal.SIGTERM)
