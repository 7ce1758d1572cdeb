"""What a request must not be, and what every answer must carry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .config import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OPERATIONS = frozenset({"/healthz", "/metrics", "/readyz"})  # asked for by address, not by name
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.I)

HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",  # under "no-referrer", forms of one's own come from "null"
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def security_headers(settings: Settings) -> dict[str, str]:
    """Return the headers of every answer that does not set them itself; names in small letters."""
    if settings.environment != "production":
        return HEADERS
    return {**HEADERS, "strict-transport-security": "max-age=31536000"}


class HostCheck:
    """Refuses requests for hosts that this service does not answer for.

    ``.example.org`` stands for that domain and all below it.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        self._hosts = frozenset(host.lower() for host in allowed)
        self._domains = tuple(host for host in self._hosts if host.startswith("."))
        self._any = "*" in self._hosts

    def allows(self, path: str, hosts: Sequence[str]) -> bool:
        """Tell whether to answer a request for ``path`` with these ``Host`` headers."""
        if self._any or path in OPERATIONS:
            return True
        match = HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if match is None:
            return False
        host = match[1].lower()
        return host in self._hosts or f".{host}".endswith(self._domains)


def is_foreign_write(
    method: str,
    *,
    has_cookie: bool,
    fetch_site: str | None,
    origin: str | None,
    host: str | None,
) -> bool:
    """Tell whether another site makes the browser write here with the user's cookie.

    A browser sends the session cookie with such a request too, but says where it comes from: in
    ``Sec-Fetch-Site``, or over plain HTTP in ``Origin`` alone; they and ``Host`` are given here as
    they came.
    """
    if method in SAFE_METHODS or not has_cookie:
        return False
    if fetch_site:
        return fetch_site not in ("same-origin", "none")
    return origin is not None and origin.partition("://")[2] != host
