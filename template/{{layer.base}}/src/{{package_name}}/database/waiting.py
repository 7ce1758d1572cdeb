"""Wait for another process to finish what only one may do at a time."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

INTERVAL = 0.2  # seconds between two attempts


def wait_for(take: Callable[[], bool], patience: float) -> None:
    """Try to take a lock until that succeeds.

    The attempts do not wait in the database, where a statement that only waits for the lock could
    still keep the migration from building an index concurrently.

    Args:
        take: tries once, and returns whether it has the lock.
        patience: seconds.

    Raises:
        TimeoutError: with a sentence for the user, if another process keeps the lock for longer.
    """
    deadline = time.monotonic() + patience
    while not take():
        if time.monotonic() >= deadline:
            raise TimeoutError(
                f"Another process has been changing this database for {patience:g} seconds."
                " Try again when it has finished, or raise MIGRATION_WAIT."
            )
        time.sleep(INTERVAL)


@contextmanager
def lock_file(database: str | Path, patience: float) -> Iterator[None]:
    """Keep a lock beside the file of a database until the block ends, or the process.

    Args:
        database: the file of the database. The lock is another file: to close the database's own
            would end the locks that SQLite has on it.
        patience: seconds to wait for another process that has the lock.

    Raises:
        TimeoutError: if it keeps the lock for longer.
    """
    with Path(f"{database}-migration").open("w") as file:
        wait_for(lambda: _lock(file), patience)
        yield


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
