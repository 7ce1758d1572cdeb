"""Real servers for the tests: the system's packages, free loopback ports, temporary data.

Each server is a context manager::

    with PostgreSQL() as server:
        url = server.create_database("orders")

It is started on entry, and stopped with its data removed on exit, also when the test run is killed.
``fixtures`` has the same servers as session-scoped pytest fixtures.
"""

from __future__ import annotations

from .base import MissingServer, Server
from .mariadb import MariaDB
from .memcached import Memcached
from .pgbouncer import PgBouncer
from .postgresql import PostgreSQL
from .prometheus import Prometheus
from .redis import Redis, Valkey

__all__ = [
    "MariaDB",
    "Memcached",
    "MissingServer",
    "PgBouncer",
    "PostgreSQL",
    "Prometheus",
    "Redis",
    "Server",
    "Valkey",
]
