"""DATABASE_URL, as the drivers read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .hosts import one_per_host


def _truth(text: str) -> bool:
    if text.lower() not in ("0", "1", "false", "no", "true", "yes"):
        raise ValueError
    return text.lower() in ("1", "true", "yes")


# By the names of PyMySQL, and of SQLAlchemy for TLS.
KNOWN: dict[str, Callable[[str], Any]] = {
    "charset": str,
    "connect_timeout": float,
    "init_command": str,
    "local_infile": _truth,
    "program_name": str,
    "read_default_file": str,
    "read_default_group": str,
    "sql_mode": str,
    "ssl_ca": str,
    "ssl_capath": str,
    "ssl_cert": str,
    "ssl_check_hostname": _truth,
    "ssl_key": str,
    "ssl_verify_cert": _truth,
    "ssl_verify_identity": _truth,
    "unix_socket": str,
}


def parameters(url: str) -> dict[str, Any]:
    """Return what stands behind the ``?`` of a MariaDB URL.

    Raises:
        ValueError: with one sentence.
    """
    if len(one_per_host(url)) > 1:
        raise ValueError("the driver connects to one host; name a proxy that knows the others")
    found = {}
    for name, text in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        if name not in KNOWN:
            raise ValueError(f"there is no parameter {name!r}; use {', '.join(KNOWN)}")
        try:
            found[name] = KNOWN[name](text)
        except ValueError:
            raise ValueError(f"its parameter {name} cannot be {text!r}") from None
    command = found.get("init_command", "SET")
    if command.partition(" ")[0].upper() != "SET":
        raise ValueError("its parameter init_command can only be a SET")
    return found
