"""PgBouncer before a PostgreSQL server: each transaction is given any of a few connections."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from .base import Server
from .binaries import find_binary
from .names import PASSWORD, USER
from .ports import LOOPBACK
from .postgresql import PostgreSQL, unprivileged_user

SETTINGS = {
    "pool_mode": "transaction",
    "default_pool_size": "4",
    "max_client_conn": "500",
    "auth_type": "trust",
}


class PgBouncer(Server):
    """A pooler for all databases of a server.

    Args:
        server: has to run as long as this.
        settings: any of ``pgbouncer.ini``.
    """

    def __init__(self, server: PostgreSQL, **settings: str) -> None:
        self._binary = find_binary("pgbouncer", package="pgbouncer")
        self._server = server
        self._settings = {**SETTINGS, **settings}
        self._owner = unprivileged_user() if os.geteuid() == 0 else None
        super().__init__()

    @property
    def url(self) -> str:
        """The address of the database ``postgres``, which is always there."""
        return self.before(self._server.url)

    def before(self, url: str) -> str:
        """Return the address of a database of the server, through the pooler."""
        parts = urlsplit(url)
        return parts._replace(netloc=f"{USER}:{PASSWORD}@{LOOPBACK}:{self.port}").geturl()

    def process_options(self) -> dict[str, Any]:
        """Return the user to run as: root is refused."""
        if self._owner is None:
            return {}
        return {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []}

    def prepare(self) -> None:
        """Let its user into its directory; what it reads is written at each start."""
        if self._owner is not None:
            os.chown(self.directory, self._owner.pw_uid, self._owner.pw_gid)

    def command(self) -> list[str]:
        """Write the configuration, and return the command line of the server."""
        settings = {
            "listen_addr": LOOPBACK,
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "auth_file": str(self.directory / "users"),
            **self._settings,
        }
        server = f"host={LOOPBACK} port={self._server.port} user={USER} password={PASSWORD}"
        lines = ["[databases]", f"* = {server}", "[pgbouncer]"]
        lines += [f"{name} = {value}" for name, value in settings.items()]
        (self.directory / "pgbouncer.ini").write_text("\n".join(lines) + "\n")
        (self.directory / "users").write_text(f'"{USER}" "{PASSWORD}"\n')
        return [str(self._binary), str(self.directory / "pgbouncer.ini")]

    def ready(self) -> bool:
        """Tell whether it answers: it says no to what asks for TLS."""
        with self.connect() as connection:
            connection.sendall(bytes([0, 0, 0, 8, 4, 210, 22, 47]))
            return connection.recv(1) == b"N"
