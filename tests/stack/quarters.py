"""How much replicas serve that have a quarter of a core each, and other load from wrk."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
from collections.abc import Sequence

from .engine import docker, inspect
from .running import Stack

SHARE = "0.25"  # of a core, for each replica
WHOLE = "2"  # cores, as in compose.yaml

TURNS = """\
local cookies, turn = { COOKIES }, 0
function request()
  turn = turn % #cookies + 1
  return wrk.format("GET", nil, { Cookie = cookies[turn] })
end
"""


def missing() -> str | None:
    """Return what is missing to put load on a stack, in a sentence; None if nothing is."""
    if not shutil.which("wrk") or os.geteuid() != 0:
        return "needs wrk, and root to enter the network of a container"
    return None


def wrk(
    stack: Stack, path: str, connections: int, *arguments: str, seconds: float
) -> dict[str, float]:
    """Put load on the balancer from inside its network, so that no other proxy is in between.

    Returns:
        What a script tells (``--script`` among the arguments), or ``rate``, requests a second.
    """
    pid = inspect(stack.container("balancer"))["State"]["Pid"]
    inside = ["nsenter", "--net", "--target", str(pid)]
    options = ["-t1", f"-c{connections}", f"-d{math.ceil(seconds)}s", "--timeout=20s", *arguments]
    done = subprocess.run(
        [*inside, "wrk", *options, f"http://127.0.0.1:8080{path}"],
        check=True,
        capture_output=True,
        text=True,
    )
    last = done.stdout.splitlines()[-1]
    if last.startswith("{"):
        found: dict[str, float] = json.loads(last)
        return found
    assert "Non-2xx" not in done.stdout, done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("Requests/sec:")]
    return {"rate": float(line.split()[1])}


def rate(stack: Stack, replicas: int, path: str, cookies: Sequence[str], seconds: float) -> float:
    """Return how many requests a second so many replicas answer.

    Args:
        stack: it has as many replicas afterwards.
        replicas: how many.
        path: what is requested.
        cookies: name and value of the clients', who take turns.
        seconds: for how long; half as long before, until all are warm.
    """
    stack.task("scale", str(replicas))
    stack.wait_until_ready(replicas)
    containers = stack.replicas()
    docker("update", "--cpus", SHARE, *containers)
    listed = ", ".join(json.dumps(cookie) for cookie in cookies)
    script = stack.path / "cookies.lua"
    script.write_text(TURNS.replace("COOKIES", listed))
    ask = ("--script", str(script))
    wrk(stack, path, 8 * replicas, *ask, seconds=seconds / 2)
    found = wrk(stack, path, 8 * replicas, *ask, seconds=seconds)["rate"]
    docker("update", "--cpus", WHOLE, *containers)
    return found
