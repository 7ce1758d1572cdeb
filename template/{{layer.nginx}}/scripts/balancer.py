"""What the tasks of the stack know of nginx: it looks the replicas up when it reads its configuration."""

from __future__ import annotations

CHECK = ("-t", "-q")  # which start.sh understands
RELOAD = "HUP"  # the signal
FINDS_REPLICAS = False
MAX_REPLICAS = 64
