"""The hosts that a URL names."""

from __future__ import annotations

import re


def split_hosts(url: str) -> tuple[str, str, str]:
    """Return the URL in three parts: its hosts, what stands before them, and what after them.

    ``urlsplit`` knows one host only.
    """
    scheme, slashes, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    login, at, hosts = authority.rpartition("@")
    return hosts, f"{scheme}{slashes}{login}{at}", rest.removeprefix(authority)


def one_per_host(url: str) -> list[str]:
    """Return the URL once for each of its hosts, which commas separate."""
    hosts, before, after = split_hosts(url)
    return [f"{before}{host}{after}" for host in hosts.split(",")]
