"""What the tasks of the stack know of nginx: it looks up the replicas when it is told to reload."""

from __future__ import annotations

CHECK = ("-t", "-q")  # which start.sh understands
RELOAD = "HUP"  # the signal
FINDS_REPLICAS = False
MAX_REPLICAS = 64
