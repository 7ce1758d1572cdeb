"""Whom a limit counts: who has an IPv6 address has a network of them to choose from."""

from __future__ import annotations

import ipaddress

IPV6_NETWORK = 64  # bits; what a client gets at least, and what the balancers count


def client_network(address: str) -> str:
    """Return the network of an IPv6 address, and any other address as it is (IPv4, none)."""
    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), IPV6_NETWORK), strict=False))
