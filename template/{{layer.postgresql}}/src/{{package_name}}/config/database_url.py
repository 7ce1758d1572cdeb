"""DATABASE_URL, as the driver reads it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from .hosts import split_hosts


def parameters(url: str) -> dict[str, str]:
    """Return what a PostgreSQL URL says, by libpq's names: ``host``, ``port``, ``options`` …

    Several hosts and their ports are joined with commas.

    Raises:
        ValueError: with one sentence, which never holds the password.
    """
    try:
        found = conninfo_to_dict(_in_libpqs_form(url))
    except ProgrammingError as error:
        name = re.search('invalid URI query parameter: "([^"]*)"', str(error))
        if name:
            raise ValueError(f"the driver knows no parameter {name[1]!r}") from None
        found = {"port": "?"}
    if not re.fullmatch("[0-9,]*", str(found.get("port", ""))):
        raise ValueError("cannot be read; write a password's special characters as %XX")
    return {name: str(value) for name, value in found.items()}


def _in_libpqs_form(url: str) -> str:
    """Rewrite what other parsers read: ``@`` in a password, ``+`` for a space, ``host`` twice."""
    hosts, before, after = split_hosts(url)
    scheme, _, login = before.removesuffix("@").partition("://")
    path, mark, query = after.partition("?")
    pairs = parse_qsl(query)
    named = [value for name, value in pairs if name == "host"]
    if len(named) > 1:  # host=a:5432&host=b:5432
        hosts = ",".join(named)
        pairs = [pair for pair in pairs if pair[0] != "host"]
    at = "@" if login else ""
    login = login.replace("@", "%40")
    return f"{scheme}://{login}{at}{hosts}{path}{mark}{urlencode(pairs, quote_via=quote)}"
