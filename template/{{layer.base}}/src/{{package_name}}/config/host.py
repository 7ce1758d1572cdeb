"""The address to listen at, as the environment may write it."""

from __future__ import annotations

import ipaddress
import socket


def resolved(host: str) -> str:
    """Return the IP address that ``HOST`` means.

    Args:
        host: an address, for IPv6 with or without brackets, or a name such as ``localhost``.

    Raises:
        ValueError: with one sentence that says what is allowed.
    """
    text = host.strip().removeprefix("[").removesuffix("]")
    if "%" in text:
        raise ValueError("an address with a zone (%) is not supported; use one without")
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass  # a name, then
    try:
        found = socket.getaddrinfo(text, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ValueError(
            "use an IP address of this machine, 0.0.0.0 or :: for all of them, or a name that"
            " this machine can resolve"
        ) from None
    # Most clients of this machine ask 127.0.0.1, and not every system has IPv6 turned on.
    *_, address = min(found, key=lambda item: item[0] == socket.AF_INET6)
    return str(address[0])
