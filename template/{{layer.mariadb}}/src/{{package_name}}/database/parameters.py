"""What a connection to MariaDB is opened with: the URL's parameters beside the service's."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..config.database_url import parameters

if TYPE_CHECKING:
    from ..config import Settings


def bounds(settings: Settings, *, serving: bool = True) -> dict[str, str]:
    """Return the variables that the service sets on each connection.

    Args:
        serving: otherwise a migration, which may take its time once it has its locks.
    """
    lock = f"{max(1, int(settings.statement_timeout))}"
    return {
        "time_zone": "'+00:00'",
        "sql_mode": "'TRADITIONAL'",
        "max_statement_time": f"{settings.statement_timeout if serving else 0:g}",
        "innodb_lock_wait_timeout": lock,
        "lock_wait_timeout": lock,
    }


def connect_arguments(
    settings: Settings, *, serving: bool = True, check_hostname: bool = True
) -> dict[str, Any]:
    """Return the arguments of the driver's ``connect`` beside address and login.

    A parameter that the URL names is the URL's; among the server's variables, too.

    Args:
        serving: see `bounds`.
        check_hostname: whether the server's certificate must bear its name, unless the URL says.
    """
    named = parameters(settings.database_url)
    context = _tls(named, check_hostname=check_hostname)
    needed = bounds(settings, serving=serving)
    if "sql_mode" in named:
        del needed["sql_mode"]
    command = f"SET {', '.join(f'{name} = {value}' for name, value in needed.items())}"
    own = named.get("init_command", "")[len("SET ") :]
    return {
        "charset": "utf8mb4",
        "connect_timeout": settings.database_connect_timeout,
        **{name: value for name, value in named.items() if not name.startswith("ssl_")},
        "init_command": f"{command}, {own}" if own else command,  # the last one counts
        **({"ssl": context} if context else {}),
    }


def _tls(named: Mapping[str, Any], *, check_hostname: bool) -> ssl.SSLContext | None:
    """Return what TLS needs, if the URL asks for it."""
    if not any(value for name, value in named.items() if name.startswith("ssl_")):
        return None
    ca, directory = named.get("ssl_ca"), named.get("ssl_capath")
    trusts = bool(ca or directory)
    context = ssl.create_default_context(cafile=ca, capath=directory)
    # Certificates that MariaDB makes for itself lack what this asks for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    by_name = named.get("ssl_check_hostname", check_hostname and trusts)
    context.check_hostname = named.get("ssl_verify_identity", by_name)
    verified = context.check_hostname or named.get("ssl_verify_cert", trusts)
    context.verify_mode = ssl.CERT_REQUIRED if verified else ssl.CERT_NONE
    if "ssl_cert" in named:
        context.load_cert_chain(named["ssl_cert"], named.get("ssl_key"))
    return context
