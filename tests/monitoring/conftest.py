"""promtool, which checks rules as Prometheus reads them; projects that run."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from load.conftest import spoilt
from project.conftest import generate, production, service_urls
from servers.binaries import MissingServer, find_binary
from servers.unavailable import unavailable

__all__ = ["generate", "production", "service_urls", "spoilt"]

Promtool = Callable[..., str]


@pytest.fixture(scope="session")
def promtool() -> Promtool:
    """Return what runs promtool; it must succeed."""
    try:
        binary = find_binary("promtool", package="prometheus")
    except MissingServer as error:
        unavailable(str(error))

    def run(*arguments: str | Path) -> str:
        command = [str(binary), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert not done.returncode, done.stdout + done.stderr
        return done.stdout

    return run
