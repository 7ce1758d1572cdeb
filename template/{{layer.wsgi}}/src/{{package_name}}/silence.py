"""Connections on which this process has sent nothing for a while."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct

from .client_network import unmapped

# In Linux's `struct tcp_info`: milliseconds since the last data were sent, or since the connection.
LAST_DATA_SENT = struct.Struct("44xI")


def hang_up(peer: str, seconds: float) -> None:
    """Read no more from a client's connections on which nothing was sent for some seconds.

    The server then takes a request whose body is not complete for ended, and answers it. It says of
    no request which connection it came on. But a connection without a request does not last so
    long, and a request without an answer has had its time.
    """
    for connection in _connections() if hasattr(socket, "TCP_INFO") else ():
        with connection, contextlib.suppress(OSError):
            if unmapped(connection.getpeername()[0]) == unmapped(peer):
                info = connection.getsockopt(
                    socket.IPPROTO_TCP, socket.TCP_INFO, LAST_DATA_SENT.size
                )
                if LAST_DATA_SENT.unpack(info)[0] >= seconds * 1000 - 50:
                    connection.shutdown(socket.SHUT_RD)


def _connections() -> list[socket.socket]:
    """Return copies of this process's sockets."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            descriptor = os.dup(int(name))
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                found.append(socket.socket(fileno=descriptor))
            else:
                os.close(descriptor)
    return found
