"""Projects whose migrations are run: one for each framework and database, without a service."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from servers.ports import LOOPBACK

from ..conftest import in_one_process
from ..service import Project, clean_environment

CACHES = {
    # Projects that other tests install, too.
    ("fastapi", "postgresql"): "redis",
    ("flask", "postgresql"): "redis",
    ("django", "postgresql"): "redis",
    ("fastapi", "mariadb"): "valkey",
    ("flask", "mariadb"): "redis",
    ("django", "mariadb"): "none",
}


def for_each(*pairs: tuple[str, str]) -> pytest.MarkDecorator:
    """Run a test that takes ``project_of`` for pairs of framework and database; by default all."""
    rows = [
        pytest.param(pair, marks=in_one_process(*pair, CACHES[pair]), id="-".join(pair))
        for pair in pairs or CACHES
    ]
    return pytest.mark.parametrize("pair", rows)


def own_copy(project: Project, path: Path) -> Project:
    """Copy a project, for files of an owner."""
    copytree(project.path, path, ignore=ignore_patterns(".venv", "*.log", "local.db*"))
    copy = Project(path, project.package, project.environment)
    copy.sync(like=project)
    return copy


def task(project: Project, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run one of a project's tasks, which may fail."""
    return project.run("uv", "run", "--no-sync", "poe", *words, check=False, **extra)


def at_once(project: Project, number: int, *words: str, **extra: str) -> list[tuple[int, str]]:
    """Run a task several times at once; return how each ended, and what it printed."""
    environment = clean_environment({**project.environment, **extra})
    running = [
        subprocess.Popen(
            ["uv", "run", "--no-sync", "poe", *words],
            cwd=project.path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(number)
    ]
    printed = [process.communicate(timeout=180)[0] for process in running]
    return [(process.returncode, text) for process, text in zip(running, printed, strict=True)]


@contextmanager
def slow_to_accept(port: int, delay: float, at: int = 0) -> Iterator[int]:
    """Forward connections to a port, each after some seconds; yield the port that does.

    Args:
        at: that port; by default, any that is free.
    """
    with socket.create_server((LOOPBACK, at)) as server:
        _begin(_accept, server, port, delay)
        yield server.getsockname()[1]


def _accept(server: socket.socket, port: int, delay: float) -> None:
    with suppress(OSError):  # closed
        while True:
            client, _ = server.accept()
            _begin(_forward, client, port, delay)


def _forward(client: socket.socket, port: int, delay: float) -> None:
    time.sleep(delay)
    with suppress(OSError), client, socket.create_connection((LOOPBACK, port)) as target:
        back = _begin(_pump, target, client)
        _pump(client, target)
        back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _begin(work: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    thread.start()
    return thread


def lines(texts: Iterable[str], word: str) -> list[str]:
    """Return the lines that have a word."""
    return [line for text in texts for line in text.splitlines() if word in line]
