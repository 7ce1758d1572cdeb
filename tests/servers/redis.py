"""Redis and Valkey: one protocol, one set of options, two programs."""

from __future__ import annotations

from typing import ClassVar

from .base import Server
from .binaries import find_binary
from .ports import LOOPBACK


class Redis(Server):
    """A Redis server that keeps nothing when it stops, unless ``appendonly="yes"``.

    Args:
        options: any setting of ``redis.conf``, with ``_`` for ``-``:
            ``Redis(maxmemory="64mb", maxmemory_policy="allkeys-lfu")``.
    """

    program: ClassVar[str] = "redis-server"

    def __init__(self, **options: str) -> None:
        self._binary = find_binary(self.program, package=self.program)
        self._settings = {"appendonly": "no", **options}
        super().__init__()

    @property
    def url(self) -> str:
        """The address of database 0."""
        return self.database(0)

    def database(self, number: int) -> str:
        """Return the address of one of the 16 databases: several projects may share a server."""
        if not 0 <= number < 16:
            raise ValueError("there are databases 0 to 15")
        return f"redis://{LOOPBACK}:{self.port}/{number}"

    def prepare(self) -> None:
        """Nothing to do: the directory is all it needs."""

    def command(self) -> list[str]:
        """Return the command line of the server."""
        settings = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "dir": str(self.directory),
            "save": "",
            **self._settings,
        }
        return [
            str(self._binary),
            *(part for name, value in settings.items() for part in (_option(name), value)),
        ]

    def ready(self) -> bool:
        """Tell whether this server answers; it says LOADING until it has read its file."""
        return self._ask("PING") == "+PONG" and f"process_id:{self.pid}\r\n" in self._ask("INFO")

    def flush(self) -> None:
        """Remove all keys of all databases."""
        answer = self._ask("FLUSHALL")
        if answer != "+OK":
            raise RuntimeError(f"FLUSHALL: {answer}")

    def _ask(self, command: str) -> str:
        """Return the answer to a command: its first line, or the text whose length that gives."""
        with self.connect() as connection, connection.makefile("rb") as stream:
            connection.sendall(f"{command}\r\n".encode())
            answer = stream.readline().rstrip()
            if answer.startswith(b"$"):
                answer = stream.read(int(answer[1:]))
            return answer.decode(errors="replace")


class Valkey(Redis):
    """A Valkey server; its clients speak to it by the same ``redis://`` addresses."""

    program: ClassVar[str] = "valkey-server"


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
