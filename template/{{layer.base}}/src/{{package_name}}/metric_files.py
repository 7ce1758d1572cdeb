"""The files in which the workers of this replica keep what they count.

prometheus_client gives each process files of its own, adds them all up at every scrape, and never
removes those of counters and histograms. A service whose workers are replaced for months would read
ever more of them, and at last fill the disk.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict

from .metric_storage import ENTRY, ReservedDict

_OF_WORKER = re.compile(r"(?P<kind>counter|histogram|gauge_live\w*)_(?P<pid>\d+)\.db")


@contextmanager
def of_living_workers(directory: Path) -> Iterator[None]:
    """Let nobody else touch the files, in which what dead workers counted is in one of each kind.

    Their gauges are dropped, since those tell of processes that are gone.
    """
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
        for path in directory.glob("*.db"):
            match = _OF_WORKER.fullmatch(path.name)
            if match is None or _lives(int(match["pid"])):
                continue
            with contextlib.suppress(OSError):  # without room on the disk, another time
                if not match["kind"].startswith("gauge"):
                    _add(path, directory / f"{match['kind']}_ended.db")
                path.unlink()
        yield


def _lives(pid: int) -> bool:
    """Tell whether there is such a process; not every system has a ``/proc``."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is somebody else's
    return True


def _add(path: Path, total: Path) -> None:
    """Add what is in a file to what is in another one: all of it or, without room, nothing."""
    entries = list(MmapedDict.read_all_values_from_file(str(path)))  # type: ignore[no-untyped-call]
    totals = ReservedDict(str(total))
    totals.make_room(sum(len(key.encode()) + ENTRY for key, *_ in entries))
    for key, value, _, _ in entries:
        before, _ = totals.read_value(key)  # type: ignore[no-untyped-call]
        totals.write_value(key, before + value, 0)  # type: ignore[no-untyped-call]
    totals.close()  # type: ignore[no-untyped-call]
