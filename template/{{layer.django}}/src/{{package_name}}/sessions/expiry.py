"""Expired sessions are removed by every worker, now and then: nobody has to remember to."""

from __future__ import annotations

import random
import threading
import time
from importlib import import_module

import structlog
from django.conf import settings

from ..database import own_connection

log = structlog.get_logger(__name__)

INTERVAL = 600.0  # seconds between two removals, give or take a half


def start_expiry() -> None:
    """Remove expired sessions from now on, in a thread that ends with the process."""
    threading.Thread(target=_run, name="session-expiry", daemon=True).start()


def remove_expired() -> None:
    """Remove what nobody can use any more; a store that is down is left for the next time."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    try:
        with own_connection():
            store.clear_expired()
    except store.down as error:
        log.warning("expired sessions not removed", error=repr(error))


def _run() -> None:
    while True:
        # Spread over the interval, so that not all workers do it at the same time.
        time.sleep(INTERVAL * random.uniform(0.5, 1.5))
        remove_expired()
