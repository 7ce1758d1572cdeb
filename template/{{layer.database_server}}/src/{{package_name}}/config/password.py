"""The password of a server, from a variable or a file of its own."""

from __future__ import annotations

from urllib.parse import quote, urlsplit


def with_password(url: str, password: str) -> str:
    """Put a password into a URL that names a user only."""
    parts = urlsplit(url)
    if not password or parts.username is None or parts.password is not None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()
