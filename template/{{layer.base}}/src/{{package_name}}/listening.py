"""The address that the service listens at: claimed for one service, shared by its workers."""

from __future__ import annotations

import errno
import os
import random
import socket
import time

from .port_holders import port_holders

PATIENCE = 2.0  # seconds that the workers of a service that has just ended may go on listening


def claim(host: str, port: int) -> socket.socket:
    """Keep every other program from listening at an address while the claim is open.

    Each worker listens by itself, with SO_REUSEPORT. Alone, that would let a second service of the
    same user listen too, and each would answer some of the requests.

    Args:
        host: an IP address.
        port: a TCP port.

    Returns:
        The claim: a socket that accepts no connections.

    Raises:
        SystemExit: with one sentence that says why the service cannot listen there.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return _hold(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise SystemExit(_explain(error, host, port)) from None
        # Two services that start at the same moment may refuse each other: not a second time.
        time.sleep(random.uniform(0.05, 0.25))


def _hold(host: str, port: int) -> socket.socket:
    held = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        # Connections that a former service has left do not count, but everything that listens does.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((host, port))
        held.listen()
    except OSError:
        held.close()
        raise
    try:
        _share(held)
    except OSError:  # a system that knows no such claims; the address was free a moment ago
        held.close()
    os.register_at_fork(after_in_child=held.close)  # workers must not keep the claim
    return held


def _share(held: socket.socket) -> None:
    """Let in the workers, and accept no connections.

    Only sockets with SO_REUSEPORT get in from now on. A second service makes its claim without.

    Raises:
        OSError: if this system does not let the workers in.
    """
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.shutdown(socket.SHUT_RD)
    with socket.socket(held.family) as worker:
        worker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        worker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        worker.bind(held.getsockname())


def _explain(error: OSError, host: str, port: int) -> str:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    match error.errno:
        case errno.EADDRINUSE:
            by = " and ".join(port_holders(port)) or "another process"
            return f"{address} is in use by {by}: stop it, or set another PORT."
        case errno.EACCES:
            return f"{address} needs privileges that this user lacks: set PORT to 1024 or above."
        case errno.EADDRNOTAVAIL:
            return f"{address}: {host} is not an address of this machine; change HOST."
        case errno.EAFNOSUPPORT:
            return f"{address}: this machine has no IPv6; set HOST to an IPv4 address."
    return f"{address} cannot be used ({error.strerror}): change HOST or PORT."
