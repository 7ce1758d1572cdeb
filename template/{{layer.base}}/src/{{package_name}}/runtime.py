"""What the processes of one replica share: a directory for metrics and the draining mark."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

VARIABLE = "RUNTIME_DIR"  # empty if no directory can be made
METRICS = "PROMETHEUS_MULTIPROC_DIR"


def create() -> Path | None:
    """Make an empty directory for this replica; its workers inherit the name of it.

    To be called before ``prometheus_client`` is imported: it looks for its directory then.

    Returns:
        The directory; None if there is no place for one. The service runs without, but no worker
        knows then what another one has counted, nor that the replica drains.
    """
    os.environ[VARIABLE] = ""
    os.environ.pop(METRICS, None)
    for place in _places():
        try:
            directory = Path(tempfile.mkdtemp(prefix="service-", dir=place))
            _lock(directory)
            (directory / "metrics").mkdir()
        except OSError:
            continue
        os.environ[VARIABLE] = str(directory)
        os.environ[METRICS] = str(directory / "metrics")
        return directory
    log.warning("no directory can be written to: /metrics shows one worker at a time")
    return None


def has_place() -> bool:
    """Return whether this user may write to one of the places for the directory."""
    return any(os.access(place, os.W_OK | os.X_OK) for place in _places())


def _places() -> Iterator[Path]:
    """Return where the directory may be, the best place first: one that nothing else fills."""
    yield Path("/run", str(__package__))
    with contextlib.suppress(FileNotFoundError):  # if none of the usual ones can be written to
        yield Path(tempfile.gettempdir())
    yield Path("/dev/shm")  # noqa: S108 - the directory's name is random, and its mode 0700


def _lock(directory: Path) -> None:
    """Have systemd-tmpfiles leave the directory alone, however old its files are."""
    descriptor = os.open(directory, os.O_RDONLY)  # open, and so locked, until the replica ends
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def remove(directory: Path | None) -> None:
    """Delete what `create` made."""
    if directory is not None:
        shutil.rmtree(directory, ignore_errors=True)


def restore() -> None:
    """Make the directory again if it is gone, as other programs that tidy up do to it.

    Raises:
        OSError: if that is not possible, or if the directory now belongs to another user.
    """
    if not os.environ.get(VARIABLE):
        return
    directory = Path(os.environ[VARIABLE])
    for path in (directory, directory / "metrics"):
        path.mkdir(mode=0o700, exist_ok=True)
    if directory.lstat().st_uid != os.geteuid():
        raise PermissionError(f"{directory} belongs to another user")


def serving() -> bool:
    """Tell whether this process belongs to a replica, and is no command and no test."""
    return VARIABLE in os.environ


def start_draining() -> None:
    """Make every worker answer "not ready", so that the load balancer looks elsewhere."""
    if os.environ[VARIABLE]:
        try:
            restore()
            _mark().touch()
        except OSError as error:
            log.warning("workers cannot be told that the replica drains: %s", error)


def draining() -> bool:
    """Tell whether the replica is about to stop."""
    return bool(os.environ.get(VARIABLE)) and _mark().exists()


def _mark() -> Path:
    return Path(os.environ[VARIABLE], "draining")
