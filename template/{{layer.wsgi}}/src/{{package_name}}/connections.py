"""The connections of clients, as the kernel knows them."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
from collections.abc import Iterator, Mapping

from .client_network import unmapped

INTERNET = (socket.AF_INET, socket.AF_INET6)

# In Linux's `struct tcp_info`: milliseconds since data were last sent, and since data last came.
TIMES = struct.Struct("44xI4xI")
MARGIN = 100  # milliseconds; the clocks of the kernel and of this process are not quite the same


def hang_up(waiting: Mapping[str, float]) -> None:
    """Read no more from connections on which a request has had no answer for too long.

    The server then takes a body that is not complete for ended, and the request can be answered. It
    says of no request on which connection it came. So any other request of the same client that has
    had no answer for as long is given up as well.

    Args:
        waiting: by the address that holds the connection, after how many seconds.
    """
    for connection in _connections():
        with connection, contextlib.suppress(OSError):
            if connection.family not in INTERNET:
                continue
            seconds = waiting.get(unmapped(connection.getpeername()[0]))
            if seconds is not None:
                info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TIMES.size)
                sent, came = TIMES.unpack(info)
                if came <= sent and sent >= seconds * 1000 - MARGIN:
                    connection.shutdown(socket.SHUT_RD)


def _connections() -> Iterator[socket.socket]:
    """Return a copy of each connection of this process; on Linux, for want of a portable way."""
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                descriptor = os.dup(int(name))
                if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                    yield socket.socket(fileno=descriptor)
                else:
                    os.close(descriptor)
