"""The servers themselves: they start, serve a real client, stop, and start again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

import psycopg
import pymysql
import pytest

from .base import MissingServer, Server, StartError
from .binaries import find_binary
from .fixtures import CACHE, SESSIONS, running
from .mariadb import MariaDB
from .memcached import Memcached
from .pgbouncer import PgBouncer
from .postgresql import PostgreSQL
from .redis import Redis, Valkey

SQL = "CREATE TABLE seen (word VARCHAR(20))", "INSERT INTO seen VALUES ('naïve 🐘')"


def sql(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements with the database's usual driver and return the rows of the last."""
    parts = urlsplit(url)
    with connect(parts) as connection:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        rows = list(cursor.fetchall()) if cursor.description else []
        connection.commit()
        return rows


def connect(parts: SplitResult) -> Any:
    """Open a connection as the URL says."""
    if parts.scheme == "postgresql":
        return psycopg.connect(parts.geturl())
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 0,
        user=parts.username,
        password=parts.password or "",
        database=parts.path[1:],
    )


def ask(server: Server, *commands: bytes) -> list[bytes]:
    """Send each command on one connection and return the first line of each answer."""
    answers = []
    with server.connect() as connection, connection.makefile("rb") as stream:
        for command in commands:
            connection.sendall(command + b"\r\n")
            answers.append(stream.readline().rstrip())
    return answers


def alive(pid: int) -> bool:
    """Tell whether a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module", params=[PostgreSQL, MariaDB], ids=lambda kind: kind.__name__)
def database(request: pytest.FixtureRequest) -> Iterator[PostgreSQL | MariaDB]:
    """Each of the SQL servers."""
    with running(request.param) as server:
        yield server


@pytest.fixture(scope="module", params=[Redis, Valkey], ids=lambda kind: kind.__name__)
def key_value(request: pytest.FixtureRequest) -> type[Redis]:
    """Each of the key-value servers, to be started by the test."""
    kind: type[Redis] = request.param
    return kind


def test_a_database_keeps_its_data_and_its_port(database: PostgreSQL | MariaDB) -> None:
    url = database.create_database("first")
    other = database.create_database("second")
    sql(url, *SQL)
    port, pid = database.port, database.pid

    database.stop()
    assert not alive(pid)
    with pytest.raises(OSError, match="refused"):
        database.connect()

    database.start()
    assert (database.port, database.running) == (port, True)
    assert sql(url, "SELECT word FROM seen") == [("naïve 🐘",)]
    # The other database is another one, and a database that is made again is empty.
    sql(other, *SQL)
    sql(database.create_database("first"), *SQL)


def test_a_killed_database_starts_again(database: PostgreSQL | MariaDB) -> None:
    url = database.create_database("killed")
    sql(url, *SQL)
    with connect(urlsplit(url)):
        os.kill(database.pid, signal.SIGKILL)
        database.stop()
        database.start()
    assert sql(url, "SELECT word FROM seen") == [("naïve 🐘",)]


def test_a_database_is_set_up_for_tests(database: PostgreSQL | MariaDB) -> None:
    url = database.create_database("settings")
    if isinstance(database, PostgreSQL):
        assert sql(url, "SHOW max_connections") == [("200",)]
        assert sql(url, "SHOW timezone") == [("Asia/Kolkata",)]
        assert sql(url, "SHOW server_encoding") == [("UTF8",)]
    else:
        assert sql(url, "SELECT @@max_connections, @@time_zone, @@character_set_database") == [
            (200, "+05:30", "utf8mb4")
        ]


@pytest.mark.parametrize("name", ["", "Upper", "a-b", "a;b", "1a", "x" * 64])
def test_a_database_name_needs_no_quotes(database: PostgreSQL | MariaDB, name: str) -> None:
    with pytest.raises(ValueError, match="use up to 63"):
        database.create_database(name)


def test_sessions_outlive_a_restart_and_a_cache_does_not(key_value: type[Redis]) -> None:
    for options, kept in ((SESSIONS, b"$5"), (CACHE, b"$-1")):
        with running(key_value, **options) as server:
            assert ask(server, b"SET word naive", b"GET word") == [b"+OK", b"$5"]
            server.stop()
            server.start()
            assert ask(server, b"GET word") == [kept]
            ask(server, b"SET word naive")
            server.flush()
            assert ask(server, b"GET word") == [b"$-1"]


def test_the_options_of_a_key_value_server_arrive(key_value: type[Redis]) -> None:
    with running(key_value, maxmemory="3mb", maxmemory_policy="allkeys-lfu") as server:
        assert server.database(15).endswith(f":{server.port}/15")
        with server.connect() as connection, connection.makefile("rb") as stream:
            connection.sendall(b"INFO memory\r\n")
            answer = stream.read(int(stream.readline()[1:])).decode().splitlines()
        assert {"maxmemory:3145728", "maxmemory_policy:allkeys-lfu"} <= set(answer)


def test_a_pooler_lends_connections_for_transactions() -> None:
    with running(PostgreSQL) as server, running(PgBouncer, server=server) as pooler:
        url = pooler.before(server.create_database("pooled"))
        assert sql(url, *SQL, "SELECT word FROM seen") == [("naïve 🐘",)]
        asked = "SELECT pg_backend_pid()"
        with connect(urlsplit(url)) as one, connect(urlsplit(url)) as other:
            (mine,) = one.execute(asked).fetchone()
            one.commit()
            (theirs,) = other.execute(asked).fetchone()
            assert mine == theirs


def test_memcached() -> None:
    with running(Memcached) as server:
        assert ask(server, b"set word 0 0 5\r\nnaive") == [b"STORED"]
        assert ask(server, b"get word") == [b"VALUE word 0 5"]
        server.flush()
        assert ask(server, b"get word") == [b"END"]
        with server.stopped(), pytest.raises(OSError, match="refused"):
            server.connect()
        assert ask(server, b"get word") == [b"END"]


def test_a_paused_server_takes_connections_and_says_nothing() -> None:
    with running(Memcached) as server:
        with server.paused(), server.connect(timeout=0.2) as connection:
            connection.sendall(b"version\r\n")
            with pytest.raises(TimeoutError):
                connection.recv(1)
        assert ask(server, b"version")[0].startswith(b"VERSION")


def test_nothing_is_left_behind() -> None:
    with running(Memcached) as server:
        pid, directory = server.pid, server.directory
        assert directory.is_dir()
    assert not alive(pid)
    assert not directory.exists()
    with pytest.raises(RuntimeError, match="stopped"):
        assert server.pid


def test_a_killed_test_run_leaves_no_server() -> None:
    script = (
        "import sys, time; sys.path.insert(0, sys.argv[1]); from servers import Memcached;"
        "server = Memcached().__enter__(); print(server.pid, server.directory, flush=True);"
        "time.sleep(60)"
    )
    with running(Memcached):
        pass  # skips, or fails, where there is none
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with subprocess.Popen(
        [sys.executable, "-c", script, package], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        pid, directory = run.stdout.readline().split()
        assert alive(int(pid))
        run.kill()
    deadline = time.monotonic() + 10
    while (alive(int(pid)) or os.path.exists(directory)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(int(pid))
    assert not os.path.exists(directory)


def test_a_server_that_cannot_start_says_why() -> None:
    with (
        pytest.raises(StartError, match=r"(?s)Redis ended at once:.*no-such-policy"),
        running(Redis, maxmemory_policy="no-such-policy"),
    ):
        pytest.fail("it started")


def test_another_servers_port_is_not_taken_for_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Memcached) as first, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        ports = iter([first.port, free.getsockname()[1]])
        free.close()
        monkeypatch.setattr(f"{Server.__module__}.free_port", lambda: next(ports))
        with running(Memcached) as second:
            assert second.port != first.port
            assert ask(second, b"version")[0].startswith(b"VERSION")


@pytest.mark.parametrize(("ci", "outcome"), [("true", "Failed"), ("", "Skipped")])
def test_a_missing_server_skips_and_in_ci_fails(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: str
) -> None:
    def missing() -> Server:
        find_binary("no-such-server", package="no-such-package")
        raise AssertionError("it was found")

    monkeypatch.setenv("CI", ci)
    reached: Callable[[], None] = pytest.fail
    with (
        pytest.raises(BaseException, match="apt-get install no-such-package") as caught,
        running(missing),
    ):
        reached()
    assert type(caught.value).__name__ == outcome
    with pytest.raises(MissingServer):
        missing()
