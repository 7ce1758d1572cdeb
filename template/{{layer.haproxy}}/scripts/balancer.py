"""What the tasks of the stack know of HAProxy."""

from __future__ import annotations

CHECK = ("haproxy", "-c", "-f", "/usr/local/etc/haproxy/haproxy.cfg")
RELOAD = "USR2"  # the signal
MAX_REPLICAS = 8  # as many as haproxy.cfg has room for (server-template)
