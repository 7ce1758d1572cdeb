"""Prometheus, with a configuration of the test's own."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from .base import Server
from .binaries import find_binary
from .ports import LOOPBACK

TIMEOUT = 5.0  # seconds for one query


class Prometheus(Server):
    """A Prometheus server that keeps nothing when it is closed.

    Args:
        config: the file that says what it scrapes, and which rules it evaluates.
    """

    def __init__(self, config: Path) -> None:
        self._binary = find_binary("prometheus", package="prometheus")
        self._config = config
        super().__init__()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        """Nothing to do: the directory is all it needs."""

    def command(self) -> list[str]:
        """Return the command line of the server."""
        return [
            str(self._binary),
            f"--config.file={self._config}",
            f"--storage.tsdb.path={self.directory / 'data'}",
            f"--web.listen-address={LOOPBACK}:{self.port}",
            "--log.level=warn",
        ]

    def ready(self) -> bool:
        """Tell whether it answers queries."""
        return self._get("/-/ready")[0] == 200

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return what an expression gives now, one item for each series.

        Raises:
            ValueError: if Prometheus does not understand it.
        """
        status, body = self._get(f"/api/v1/query?{urlencode({'query': expression})}")
        answer = json.loads(body)
        if status != 200:
            raise ValueError(f"{expression}: {answer['error']}")
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def _get(self, path: str) -> tuple[int, bytes]:
        connection = HTTPConnection(LOOPBACK, self.port, timeout=TIMEOUT)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()
