"""Keeps what a worker counts in files that the other workers read, or in memory if that fails.

prometheus_client maps its files into memory without reserving room for them. When the disk is full,
the first write to a part without room ends the process (SIGBUS), without a word.
"""

from __future__ import annotations

import logging
import mmap
import os
import sys
from functools import cache
from io import BufferedRandom
from threading import Lock
from typing import Any

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

from . import runtime

log = logging.getLogger(__name__)

SIZE = 64 * 1024  # bytes of a new file
HEAD = 8  # bytes at its beginning, which say how many are in use
ENTRY = 64  # bytes of an entry beside its key, at most


class ReservedDict(MmapedDict):
    """Numbers by key, in a file that has room for all that is written to it.

    Raises:
        OSError: if there is no room, when it is made or when a key is added.
    """

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        _reserve(filename, SIZE)
        super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]

    def make_room(self, size: int) -> None:
        """Reserve room for this many bytes of new entries."""
        capacity = self._capacity
        while self._used + size > capacity:
            capacity *= 2
        if capacity > self._capacity:
            self._grow(capacity)

    def _init_value(self, key: str) -> None:
        self.make_room(len(key.encode()) + ENTRY)
        super()._init_value(key)  # type: ignore[no-untyped-call]

    def _grow(self, capacity: int) -> None:
        _allocate(self._f.fileno(), capacity)
        self._m = mmap.mmap(self._f.fileno(), capacity)
        self._capacity = capacity


class WorkerDict(ReservedDict):
    """The numbers of this worker: without room on the disk they are in memory for a while."""

    _f: Any  # the file; in memory, None

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        self._path = filename
        self._changing = Lock()
        self._on_disk = True
        try:
            runtime.restore()
            super().__init__(filename, read_mode)
        except OSError as error:
            _warn(error.strerror)
            self._on_disk = False
            self._f, self._m, self._capacity = None, mmap.mmap(-1, SIZE), SIZE
            self._positions, self._used = {}, HEAD
            self._m[:4] = HEAD.to_bytes(4, sys.byteorder)
        _dicts.append(self)

    def keep(self) -> None:
        """Write the file again if it was deleted, or if there was no room for it."""
        if self._on_disk and os.path.exists(self._path):
            return
        with self._changing:
            try:
                runtime.restore()
                _reserve(self._path, self._capacity)
                file = open(self._path, "r+b")  # noqa: SIM115 - as long as the worker lives
            except OSError as error:
                _warn(error.strerror)
            else:
                self._move(file, self._capacity)
                self._on_disk = True

    def _init_value(self, key: str) -> None:
        with self._changing:
            super()._init_value(key)

    def close(self) -> None:
        """Give the file up."""
        _dicts.remove(self)
        super().close()  # type: ignore[no-untyped-call]

    def _grow(self, capacity: int) -> None:
        if self._on_disk:
            try:
                super()._grow(capacity)
            except OSError as error:
                _warn(error.strerror)
                self._on_disk = False
        if not self._on_disk:
            self._move(None, capacity)

    def _move(self, file: BufferedRandom | None, capacity: int) -> None:
        data = mmap.mmap(file.fileno() if file else -1, capacity)
        data[: self._used] = self._m[: self._used]
        self._m, self._f, self._capacity = data, file, capacity


def keep() -> None:
    """Bring the files of this worker back, if something has deleted them or there is room again."""
    for one in _dicts:
        one.keep()


def _reserve(path: str, size: int) -> None:
    """Give a file this size, and room on the disk for it; other workers see it only with both."""
    exists = os.path.exists(path)
    name = path if exists else f"{path}.new"
    with open(name, "ab") as file:
        try:
            _allocate(file.fileno(), size)
        except OSError:
            if not exists:
                os.unlink(name)
            raise
    if not exists:
        os.rename(name, path)


def _allocate(descriptor: int, size: int) -> None:
    if sys.platform == "linux":
        os.posix_fallocate(descriptor, 0, size)
    else:  # where services are developed, but not run
        os.truncate(descriptor, size)


@cache
def _warn(reason: str) -> None:
    log.warning("metrics of this worker are in its memory, where others miss them: %s", reason)


_dicts: list[WorkerDict] = []

values.MmapedDict = WorkerDict  # type: ignore[attr-defined]
