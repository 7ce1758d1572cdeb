"""One web worker: a process that answers requests in threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import metrics, saturation
from .app import create_app, pause
from .bodies import Bodies
from .config import get_settings
from .garbage import tune_collection
from .threads import Threads, use_threads
from .watchdog import Watchdog, busy_threads

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


def start() -> WSGIApplication:
    """Build the application, and watch it (Granian calls this once in each worker)."""
    settings = get_settings()
    metrics.count_worker()
    app = create_app()
    threads = Threads(settings.web_threads, pause)
    use_threads(threads, bodies=Bodies(threads, settings.request_timeout))
    saturation.watch("threads", lambda: (busy_threads(), settings.web_threads))
    # Whoever stops at a breakpoint keeps a request waiting too, and wants to find it alive.
    limit = None if settings.environment == "local" else settings.stall_limit
    Watchdog(settings.request_timeout, limit).start()
    tune_collection()
    return app
