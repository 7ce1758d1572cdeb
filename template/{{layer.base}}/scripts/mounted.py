"""The files of this checkout that containers of the stack read as other users."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def sources(config: dict[str, Any], root: Path) -> set[Path]:
    """Return what the stack mounts read-only from below ``root``: files, directories, secrets."""
    volumes = [
        volume
        for service in config["services"].values()
        for volume in service.get("volumes", ())
        if volume["type"] == "bind" and volume.get("read_only")
    ]
    used = {
        secret["source"]
        for service in config["services"].values()
        for secret in service.get("secrets", ())
    }
    found = {Path(volume["source"]) for volume in volumes}
    found |= {Path(config["secrets"][name]["file"]) for name in used}
    return {path for path in found if path.is_relative_to(root) and path.exists()}


def is_readable(source: Path) -> bool:
    """Return whether every user may read a file, or all that is in a directory."""
    return all(_mode(path) & wanted == wanted for path, wanted in _modes_wanted(source))


def windows_lines(source: Path) -> Iterator[Path]:
    """Yield the files of a directory whose lines end as on Windows."""
    if source.is_dir():
        yield from (
            path
            for path in sorted(source.rglob("*"))
            if path.is_file() and b"\r\n" in path.read_bytes()
        )


def _modes_wanted(source: Path) -> Iterator[tuple[Path, int]]:
    for path in (source, *(source.rglob("*") if source.is_dir() else ())):
        yield path, stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)


def _mode(path: Path) -> int:
    return os.stat(path).st_mode
