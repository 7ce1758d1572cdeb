"""What Linux tells of processes, which may end while it is read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

ENDED = (FileNotFoundError, ProcessLookupError)


def state(pid: int) -> str:
    """Return the letter for what a process does, nothing if there is none."""
    with suppress(*ENDED):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def is_running(pid: int) -> bool:
    """Tell whether there is a process that has not ended (a zombie has)."""
    return state(pid) not in ("", "Z")


def children_of(pid: int) -> set[int]:
    """Return the process ids of the children, whichever thread started them."""
    found: set[int] = set()
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(*ENDED):
            found.update(map(int, path.read_text().split()))
    return found
