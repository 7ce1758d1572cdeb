"""The servers as pytest fixtures, one of each for the whole test run.

Import them into a ``conftest.py``, or name this module in the root one's ``pytest_plugins``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from .base import MissingServer, Server
from .mariadb import MariaDB
from .memcached import Memcached
from .postgresql import PostgreSQL
from .redis import Redis, Valkey
from .unavailable import unavailable

# A cache may evict anything and keeps nothing; sessions are neither evicted nor lost.
CACHE = {"maxmemory": "64mb", "maxmemory_policy": "allkeys-lfu", "appendonly": "no"}
SESSIONS = {"maxmemory": "64mb", "maxmemory_policy": "noeviction", "appendonly": "yes"}

S = TypeVar("S", bound=Server)


@contextmanager
def running(make: Callable[..., S], **options: Any) -> Iterator[S]:
    """Run a server; without its program the test is skipped, or fails where ``CI=true``."""
    try:
        server = make(**options)
    except MissingServer as error:
        unavailable(str(error))
    with server:
        yield server


@pytest.fixture(scope="session", name="postgresql")
def _postgresql() -> Iterator[PostgreSQL]:
    with running(PostgreSQL) as server:
        yield server


@pytest.fixture(scope="session", name="mariadb")
def _mariadb() -> Iterator[MariaDB]:
    with running(MariaDB) as server:
        yield server


@pytest.fixture(scope="session", name="redis")
def _redis() -> Iterator[Redis]:
    with running(Redis, **CACHE) as server:
        yield server


@pytest.fixture(scope="session", name="redis_sessions")
def _redis_sessions() -> Iterator[Redis]:
    with running(Redis, **SESSIONS) as server:
        yield server


@pytest.fixture(scope="session", name="valkey")
def _valkey() -> Iterator[Valkey]:
    with running(Valkey, **CACHE) as server:
        yield server


@pytest.fixture(scope="session", name="valkey_sessions")
def _valkey_sessions() -> Iterator[Valkey]:
    with running(Valkey, **SESSIONS) as server:
        yield server


@pytest.fixture(scope="session", name="mariadb_latin1")
def _mariadb_latin1() -> Iterator[MariaDB]:
    """A server with the character set that MariaDB had by default before 11.6."""
    with running(MariaDB, character_set_server="latin1", collation_server="") as server:
        yield server


@pytest.fixture(scope="session", name="memcached")
def _memcached() -> Iterator[Memcached]:
    with running(Memcached) as server:
        yield server
