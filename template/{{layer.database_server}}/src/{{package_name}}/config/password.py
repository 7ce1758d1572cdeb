"""The password of a server, from a variable or a file of its own."""

from __future__ import annotations

from urllib.parse import quote

from .hosts import split_hosts


def with_password(url: str, password: str) -> str:
    """Put a password into a URL that names a user only."""
    hosts, before, after = split_hosts(url)
    scheme, _, login = before.partition("://")
    if not password or not login or ":" in login:
        return url
    user = login.removesuffix("@")
    return f"{scheme}://{user}:{quote(password, safe='')}@{hosts}{after}"
