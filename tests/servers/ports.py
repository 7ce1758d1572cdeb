"""Ports for the servers under test."""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"

# Below the range that the kernel takes outgoing connections' ports from: none of these can
# take a server's port away while the server is stopped.
PORTS = range(20000, 32000)


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nothing listens on.

    Raises:
        OSError: if fifty ports in a row are taken.
    """
    for _ in range(50):
        port = random.choice(PORTS)
        with socket.socket() as probe:
            # As the servers do: a port whose last connections have only just ended is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port between {PORTS.start} and {PORTS.stop}")
