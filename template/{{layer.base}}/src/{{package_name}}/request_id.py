"""What a request is known by: in its answer, in every log line and in the error tracker."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Sequence

SANE = re.compile(r"[A-Za-z0-9._-]{8,128}")


class RequestIds:
    """Take the caller's id over if it is a plain token from a trusted proxy; else make one."""

    def __init__(self, trusted_proxies: Sequence[str]) -> None:
        """Take the addresses and networks (CIDR) of the trusted proxies."""
        self._proxies = [ipaddress.ip_network(item, strict=False) for item in trusted_proxies]

    def choose(self, peer: str | None, offered: str | None) -> str:
        """Return the id of a request.

        Args:
            peer: the address of whoever holds the connection.
            offered: the request's ``X-Request-ID``, if it has one.
        """
        if offered and peer and self._proxies and SANE.fullmatch(offered):
            address = ipaddress.ip_address(peer)
            if any(address in network for network in self._proxies):
                return offered
        return uuid.uuid4().hex
