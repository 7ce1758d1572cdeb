"""memcached without room: for anything, or for what is too large for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from servers import Memcached
from servers.fixtures import running

from ..conftest import in_one_process
from ..service import Project

# Two processes of a service, as far as the cache is concerned.
SERVICE = """
from {package}.cache.server import open_store
from {package}.cache.shared_cache import SharedCache
from {package}.config.stores import StoreSettings

def open_cache():
    store = open_store(StoreSettings(cache_timeout=5.0))
    return SharedCache(store, namespace="service", staleness=0.0)

def read(cache, body, key="key"):
    entry = cache.get_or_compute("test", key, lambda: body, ttl=60, stale=60, tags=["tag"])
    return entry.body

here, there = open_cache(), open_cache()
"""

FULL = """
import time

assert [read(here, b"0"), read(there, b"1")] == [b"0", b"0"]
fill()
for number in range(200):
    body = b"%d" % number
    (here, there)[number % 2].invalidate("tag")
    assert [read(here, body), read(there, body)] == [body, body], "an old entry"
    time.sleep(0.01)  # in all, longer than a failed server is left alone
try:
    here.ping()
except Exception:
    print("not in use")
"""

FILL = """
import os
import socket
from urllib.parse import urlsplit

def fill():
    url = urlsplit(os.environ["CACHE_URL"])
    connection = socket.create_connection((url.hostname, url.port))
    answers = connection.makefile("rb")
    for size in (1, 30, 60, 100, 1000, 100_000):
        answer, number = b"STORED", 0
        while answer == b"STORED":
            number += 1
            header = b"set %d-%d 0 0 %d" % (size, number, size)
            connection.sendall(header + b"\\r\\n" + bytes(size) + b"\\r\\n")
            answer = answers.readline().strip()
        assert b"out of memory" in answer, answer
"""

LARGE = """
large = bytes(600_000)
assert read(here, large, "large") == large
here.ping()
assert [read(here, b"0"), read(there, b"1")] == [b"0", b"0"], "the cache is in use"
"""


@pytest.fixture
def project(generate: Callable[..., Project]) -> Project:
    return generate(framework="django", database="postgresql", cache="memcached")


@pytest.fixture
def serve(project: Project) -> Callable[..., str]:
    """Return a function that runs a script in the project, with a memcached of its own."""

    def _run(script: str, *options: str) -> str:
        with running(Memcached, memory=8, options=options) as server:
            service = SERVICE.format(package=project.package)
            settings = f"{project.package}.settings"
            return project.python(
                "-c",
                service + script,
                CACHE_URL=server.url,
                ENVIRONMENT="test",
                DJANGO_SETTINGS_MODULE=settings,
            )

    return _run


pytestmark = in_one_process("django", "postgresql", "memcached")


def test_a_full_server_invalidates(serve: Callable[..., str]) -> None:
    assert "not in use" in serve(FILL + FULL, "-M")


def test_what_is_too_large_for_the_server_is_no_outage(serve: Callable[..., str]) -> None:
    serve(LARGE, "--max-item-size=512k")
