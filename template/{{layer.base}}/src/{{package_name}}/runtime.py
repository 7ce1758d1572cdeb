"""What the processes of one replica share: a directory for metrics and the draining mark."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "RUNTIME_DIR"


def create() -> Path:
    """Make an empty directory for this replica; its workers inherit the name of it.

    To be called before ``prometheus_client`` is imported: it looks for its directory then.
    """
    directory = Path(tempfile.mkdtemp(prefix="service-"))
    (directory / "metrics").mkdir()
    os.environ[VARIABLE] = str(directory)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory / "metrics")
    return directory


def remove(directory: Path) -> None:
    """Delete what `create` made."""
    shutil.rmtree(directory, ignore_errors=True)


def serving() -> bool:
    """Tell whether this process belongs to a replica, and is no command and no test."""
    return VARIABLE in os.environ


def start_draining() -> None:
    """Make every worker answer "not ready", so that the load balancer looks elsewhere."""
    _mark().touch()


def draining() -> bool:
    """Tell whether the replica is about to stop."""
    return serving() and _mark().exists()


def _mark() -> Path:
    return Path(os.environ[VARIABLE], "draining")
