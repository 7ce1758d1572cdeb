"""What a connection to PostgreSQL is opened with: the URL's parameters beside the service's."""

from __future__ import annotations

import re
import shlex
from functools import partial
from typing import TYPE_CHECKING, Any

from ..config.database_url import parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..config import Settings

# What the connection is opened with in any case.
ADDRESS = {"dbname", "host", "password", "port", "user"}


def bounds(settings: Settings, *, serving: bool = True) -> dict[str, str]:
    """Return the server's settings that the service needs.

    Args:
        serving: otherwise a migration, which may take its time once it has its locks.
    """
    milliseconds = int(settings.statement_timeout * 1000)
    needed = {"timezone": "UTC", "lock_timeout": f"{milliseconds}"}
    if serving:
        needed["statement_timeout"] = f"{milliseconds}"
        needed["idle_in_transaction_session_timeout"] = f"{2 * milliseconds}"
    return needed


def named_settings(settings: Settings) -> dict[str, str]:
    """Return the server's settings that the URL names: ``?options=-csearch_path%3Dapp``."""
    words = shlex.split(parameters(settings.database_url).get("options", ""))
    pairs = (re.sub("^(--|-c)", "", word).split("=", 1) for word in words if "=" in word)
    return {name.lower().replace("-", "_"): value for name, value in pairs}


def connect_arguments(
    settings: Settings, cursor: Callable[..., Any], *, serving: bool = True
) -> dict[str, Any]:
    """Return the arguments of ``psycopg.connect`` beside address and login.

    A parameter that the URL names is the URL's; among the server's settings, too.

    Args:
        cursor: makes the cursors that work through a transaction pooler (``limited_cursor``).
        serving: see `bounds`.
    """
    named = parameters(settings.database_url)
    milliseconds = int(settings.statement_timeout * 1000)
    arguments: dict[str, Any] = {
        "application_name": __name__.partition(".")[0],
        "client_encoding": "UTF8",  # whatever the database's is, of which the doctor says more
        "connect_timeout": max(2, round(settings.database_connect_timeout)),
        # For a server that the network no longer reaches, whether it has the statement or not.
        "tcp_user_timeout": milliseconds,
        "keepalives_idle": max(1, milliseconds // 1000),
        "keepalives_interval": 1,
        **{name: value for name, value in named.items() if name not in ADDRESS},
    }
    needed = bounds(settings, serving=serving)
    if settings.database_pooler == "none":
        options = " ".join(f"-c {name}={value}" for name, value in needed.items())
        # The last one counts.
        arguments["options"] = f"{options} {named.get('options', '')}".rstrip()
        return arguments
    # A pooler refuses or forgets such options, and gives each transaction another connection to
    # the server, which knows nothing of statements that were prepared on the last one.
    arguments.pop("options", None)
    arguments["prepare_threshold"] = None
    if serving:
        prefix = set_locally({**needed, **named_settings(settings)})
        arguments["cursor_factory"] = partial(cursor, prefix=prefix)
    return arguments


def set_locally(needed: Mapping[str, str]) -> str:
    """Return a statement that makes settings for the transaction it is in."""
    calls = (f"set_config({_quote(name)}, {_quote(value)}, true)" for name, value in needed.items())
    return f"SELECT {', '.join(calls)}; "


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
