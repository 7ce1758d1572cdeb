"""MariaDB with temporary data."""

from __future__ import annotations

import getpass
import os
import subprocess

from .base import Server
from .binaries import find_binary
from .names import PASSWORD, USER, check_database_name
from .ports import LOOPBACK

# Durability is traded for speed: the data end with the tests. A killed server still recovers,
# because what it wrote is with the operating system.
SETTINGS = {
    "innodb-flush-log-at-trx-commit": "2",
    "innodb-doublewrite": "0",
    "innodb-buffer-pool-size": "64M",
    "innodb-log-file-size": "16M",
    "max-connections": "200",
    "character-set-server": "utf8mb4",
    "collation-server": "utf8mb4_unicode_ci",
    "default-time-zone": "+05:30",
}

ACCOUNT = f"""
CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';
GRANT ALL PRIVILEGES ON *.* TO '{USER}'@'%' WITH GRANT OPTION;
CREATE DATABASE IF NOT EXISTS test;
"""


class MariaDB(Server):
    """A MariaDB server; its user may do everything and signs in with a password.

    Args:
        options: settings in place of those above, with ``_`` for ``-``; an empty one is left to
            the server: ``MariaDB(character_set_server="latin1", collation_server="")``.
    """

    def __init__(self, **options: str) -> None:
        given = {name.replace("_", "-"): value for name, value in options.items()}
        self._settings = {**SETTINGS, **given}
        self._mariadbd = find_binary("mariadbd", "mysqld", package="mariadb-server")
        self._install = find_binary("mariadb-install-db", package="mariadb-server")
        self._client = find_binary("mariadb", package="mariadb-client")
        super().__init__()

    @property
    def url(self) -> str:
        """The address of the database ``test``, which is always there."""
        return self._url("test")

    def _url(self, database: str) -> str:
        return f"mariadb://{USER}:{PASSWORD}@{LOOPBACK}:{self.port}/{database}"

    def _options(self) -> list[str]:
        # --no-defaults must stand first. The server may run as root when it is told to.
        return [
            "--no-defaults",
            f"--datadir={self.directory / 'data'}",
            f"--user={getpass.getuser()}",
            *(f"--{name}={value}" for name, value in self._settings.items() if value),
        ]

    def prepare(self) -> None:
        """Make the system tables, and the account that the server adds when it starts."""
        done = subprocess.run(
            [self._install, *self._options(), "--skip-test-db", "--skip-name-resolve"],
            cwd=self.directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"mariadb-install-db failed:\n{done.stdout}")
        (self.directory / "account.sql").write_text(ACCOUNT)

    def command(self) -> list[str]:
        """Return the command line of the server."""
        return [
            str(self._mariadbd),
            *self._options(),
            f"--bind-address={LOOPBACK}",
            f"--port={self.port}",
            f"--socket={self.directory / 's'}",
            f"--pid-file={self.directory / 'pid'}",
            f"--init-file={self.directory / 'account.sql'}",
            "--skip-name-resolve",
        ]

    def ready(self) -> bool:
        """Tell whether this server greets: it does when its tables and accounts are loaded."""
        # Written once the port is this server's own.
        if (self.directory / "pid").read_text().strip() != str(self.pid):
            return False
        with self.connect() as connection:
            greeting = connection.recv(5)
        # Three bytes of length, a sequence number, then the protocol version (255: an error).
        return len(greeting) == 5 and greeting[4] == 10

    def create_database(self, name: str) -> str:
        """Make an empty database, in place of one of that name, and return its address."""
        check_database_name(name)
        self.execute(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
        return self._url(name)

    def execute(self, *statements: str) -> list[str]:
        """Run SQL statements as the privileged account; return the rows that they find."""
        done = subprocess.run(
            [
                *(self._client, "--no-defaults", f"--host={LOOPBACK}", f"--port={self.port}"),
                *(f"--user={USER}", "--batch", "--skip-column-names"),
                *("--execute", ";".join(statements)),
            ],
            check=True,
            capture_output=True,
            text=True,
            # Not on the command line, where the client would warn about it.
            env={**os.environ, "MYSQL_PWD": PASSWORD},
        )
        return done.stdout.splitlines()
