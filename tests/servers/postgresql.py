"""PostgreSQL with temporary data."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
from pathlib import Path
from typing import Any, ClassVar

from .base import Server
from .binaries import MissingServer, find_binary
from .names import PASSWORD, USER, check_database_name
from .ports import LOOPBACK

# Durability is traded for speed: the data end with the tests. A killed server still recovers,
# because what it wrote is with the operating system.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_timezone": "UTC",
}


class PostgreSQL(Server):
    """A PostgreSQL cluster; its user is a superuser and signs in with a password.

    Its time is that of another country, as a server's may be.
    """

    # "Fast": connections are ended, not waited for.
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT

    def __init__(self, timezone: str = "Asia/Kolkata") -> None:
        self._timezone = timezone
        versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
        self._postgres = find_binary("postgres", package="postgresql", directories=versions)
        # The programs of one version: beside the real postgres, wherever a link led to it.
        self._bin = self._postgres.resolve().parent
        self._psql = find_binary("psql", package="postgresql-client", directories=[self._bin])
        self._owner = unprivileged_user() if os.geteuid() == 0 else None
        super().__init__()

    @property
    def url(self) -> str:
        """The address of the database ``postgres``, which is always there."""
        return self._url("postgres")

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}:{PASSWORD}@{LOOPBACK}:{self.port}/{database}"

    def process_options(self) -> dict[str, Any]:
        """Return the user to run as."""
        if self._owner is None:
            return {}
        return {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []}

    def prepare(self) -> None:
        """Make the cluster."""
        password = self.directory / "password"
        password.write_text(f"{PASSWORD}\n")
        if self._owner is not None:
            for path in (self.directory, password):
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
        subprocess.run(
            [
                *(self._bin / "initdb", "--pgdata", self.directory / "data"),
                *("--username", USER, "--pwfile", password, "--auth", "scram-sha-256"),
                *("--encoding", "UTF8", "--locale", "C.UTF-8"),
                *("--no-sync", "--no-instructions"),
            ],
            cwd=self.directory,
            check=True,
            stdout=subprocess.DEVNULL,
            **self.process_options(),
        )

    def command(self) -> list[str]:
        """Return the command line of the server."""
        settings = {
            **SETTINGS,
            "timezone": self._timezone,
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": str(self.directory),
        }
        options = [part for item in settings.items() for part in ("-c", "=".join(item))]
        return [str(self._bin / "postgres"), "-D", str(self.directory / "data"), *options]

    def ready(self) -> bool:
        """Read the state that the server keeps in its pid file, as pg_ctl does."""
        lines = (self.directory / "data" / "postmaster.pid").read_text().splitlines()
        return len(lines) > 7 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def create_database(self, name: str) -> str:
        """Make an empty database, in place of one of that name, and return its address."""
        check_database_name(name)
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
        return self._url(name)

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run SQL statements as the superuser, each in its own transaction."""
        commands = [part for statement in statements for part in ("--command", statement)]
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
        subprocess.run(
            [self._psql, *options, *commands, self._url(database)],
            check=True,
            capture_output=True,
            env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"},
        )


def _version(path: Path) -> int:
    """Return the major version in ``/usr/lib/postgresql/<version>/bin``."""
    return int(path.parent.name) if path.parent.name.isdecimal() else 0


def unprivileged_user() -> pwd.struct_passwd:
    """Return who the server runs as instead of root, which it refuses."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise MissingServer("PostgreSQL does not run as root, and there is no user to run it as")
