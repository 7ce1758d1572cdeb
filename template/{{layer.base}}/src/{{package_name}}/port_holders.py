"""The processes that listen at a port, as far as this user may see them (Linux only)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
LISTENING = "0A"  # the state of a socket in /proc/net/tcp
MAX_COMMAND = 120  # characters


def port_holders(port: int) -> list[str]:
    """Return a phrase such as ``process 42 (the command)`` for each that listens at a port."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    servers = {_server_of(pid) for pid in _pids() if sockets & _open_files(pid)}
    return [f"process {pid} ({_command(pid)})" for pid in sorted(servers)]


def _inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        try:
            lines = (PROC / "self/net" / table).read_text().splitlines()[1:]
        except OSError:  # another system, or one without IPv6
            continue
        for line in lines:
            columns = line.split()
            if columns[3] == LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                yield columns[9]


def _pids() -> Iterator[int]:
    if PROC.is_dir():
        yield from (int(path.name) for path in PROC.iterdir() if path.name.isdecimal())


def _open_files(pid: int) -> set[str]:
    try:
        return {os.readlink(path) for path in (PROC / str(pid) / "fd").iterdir()}
    except OSError:  # another user's process, or one that has just ended
        return set()


def _server_of(pid: int) -> int:
    """Return the process to stop: for a worker, the server that started it."""
    command, parent = _command(pid), _parent(pid)
    if parent > 1 and (_command(parent) == command or "multiprocessing" in command):
        return parent
    return pid


def _parent(pid: int) -> int:
    try:
        return int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _command(pid: int) -> str:
    try:
        arguments = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return "unknown"
    command = " ".join(argument.decode(errors="replace") for argument in arguments).strip()
    return command[:MAX_COMMAND]
