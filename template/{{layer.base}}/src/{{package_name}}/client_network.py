"""Addresses: who holds a connection, and whom a limit counts."""

from __future__ import annotations

import ipaddress

IPV6_NETWORK = 64  # bits; what a client gets at least, and what the balancers count


def unmapped(address: str) -> str:
    """Return the IPv4 address that a server which listens on ``::`` writes as ``::ffff:192.0.2.1``.

    Any other address is returned as it is.
    """
    return address.removeprefix("::ffff:") if "." in address else address


def client_network(address: str) -> str:
    """Return the network of an IPv6 address, and any other address as it is (IPv4, none).

    Who has an IPv6 address has a network of them to choose from.
    """
    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), IPV6_NETWORK), strict=False))
