"""Python's search for garbage, tuned to a server."""

from __future__ import annotations

import gc

# So many new objects until the collector looks for cycles among them. Requests in flight are no
# garbage: several hundred of them should fit, or it looks through them again and again.
YOUNG_OBJECTS = 50_000


def tune_collection() -> None:
    """Spare the collector what stays anyway; both together are a fifth of the processor's time."""
    gc.collect()
    gc.freeze()  # modules, routes, models
    gc.set_threshold(YOUNG_OBJECTS)
