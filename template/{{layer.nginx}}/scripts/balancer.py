"""What the tasks of the stack know of nginx."""

from __future__ import annotations

CHECK = ("-t", "-q")  # which start.sh understands
RELOAD = "HUP"  # the signal
MAX_REPLICAS = 64  # nginx has no limit of its own
