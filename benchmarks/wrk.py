"""Load from wrk, in a process of its own with one thread."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE = 20  # seconds for one answer; longer than any timeout of the service


@dataclass(frozen=True)
class Load:
    """What came of one run.

    Attributes:
        requests: answers of any kind.
        refused: answers with a status of 400 or above.
        broken: connections that failed.
        timeouts: requests without an answer in time.
        p95: milliseconds.
    """

    requests: int
    seconds: float
    refused: int
    broken: int
    timeouts: int
    p95: float

    @property
    def rate(self) -> float:
        """Good answers per second."""
        return (self.requests - self.refused) / self.seconds

    @property
    def errors(self) -> int:
        """Everything but good answers."""
        return self.refused + self.broken + self.timeouts


def run(url: str, *, connections: int = 32, seconds: float = 3, paths: Path | None = None) -> Load:
    """Ask for ``url``, or in turn for the paths in a file, on so many connections.

    Raises:
        SystemExit: wrk is not installed.
    """
    arguments = ["--", str(paths)] if paths else []
    with start(url, "load.lua", connections, seconds, arguments) as process:
        return result(process)


def start(
    url: str, script: str, connections: int, seconds: float, arguments: list[str] | None = None
) -> subprocess.Popen[str]:
    """Start wrk with one of the Lua scripts here; `result` waits for its end."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", f"--timeout={PATIENCE}s"]
    try:
        return subprocess.Popen(
            [*command, "-s", script, url, *(arguments or [])],
            cwd=HERE,  # the scripts look for one another there
            stdout=subprocess.PIPE,
            text=True,
        )
    except FileNotFoundError:
        raise SystemExit("wrk is not installed (apt-get install wrk)") from None


def result(process: subprocess.Popen[str]) -> Load:
    """Wait for wrk and return what it measured."""
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"wrk ended with {process.returncode}:\n{output}")
    return Load(**json.loads(output.splitlines()[-1]))
