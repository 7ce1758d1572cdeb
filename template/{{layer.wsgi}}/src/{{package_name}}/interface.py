"""How the server runs the application: WSGI, in threads."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from granian.constants import Interfaces

from .threads import WAITING

if TYPE_CHECKING:
    from .config import Settings

IDLE_TIMEOUT = 600  # seconds after which a thread without work ends, the longest that Granian knows


def options(settings: Settings) -> dict[str, Any]:
    """Return what Granian needs to know beyond what all services have in common."""
    # Its warning compares the threads with the cores, as if they computed and never waited.
    logging.getLogger("_granian").addFilter(lambda record: "Python threads" not in record.msg)
    return {
        "target": f"{__package__}.worker:start",
        "interface": Interfaces.WSGI,
        "websockets": False,
        "blocking_threads": settings.web_threads + WAITING,
        "blocking_threads_idle_timeout": IDLE_TIMEOUT,
    }
