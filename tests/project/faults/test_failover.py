"""A primary that lives on, read-only, after another one has taken over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from servers import PostgreSQL
from servers.fixtures import running
from servers.names import PASSWORD, USER
from servers.ports import LOOPBACK

from ..service import Running
from .host import SHORT, Host
from .observing import eventually, is_ready, is_unavailable, log_lines
from .writing import Writer

RECOVERY = 5.0  # seconds


@contextmanager
def read_only(server: PostgreSQL) -> Iterator[None]:
    """Have a server take no writes for a while, those on its present connections included."""
    server.execute("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
    try:
        yield
    finally:
        server.execute(
            "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()"
        )


@contextmanager
def failed_over(server: PostgreSQL) -> Iterator[None]:
    """Have present connections take no writes, while new ones at the same address do."""
    server.execute(f"ALTER ROLE {USER} SET default_transaction_read_only = off")
    try:
        with read_only(server):
            yield
    finally:
        server.execute(
            f"ALTER ROLE {USER} RESET default_transaction_read_only",
            # They were told of the role's setting, and would not notice the next failover.
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE usename = '{USER}' AND pid <> pg_backend_pid()",
        )


def crashes(service: Running) -> list[str]:
    return [line["event"] for line in log_lines(service) if line["event"] == "unhandled exception"]


def test_writes_find_the_new_primary(service: Running, postgresql: PostgreSQL) -> None:
    writer = Writer(service)
    writer.publish_until_it_works()
    with failed_over(postgresql):
        changed = time.monotonic()
        refused = writer.publish_until_it_works()
        # Each worker may be refused by connections used just now, by none of its twelve twice.
        assert set(refused) <= {201, 503}
        assert refused.count(503) <= 2 * 12
        assert time.monotonic() - changed < 2 * RECOVERY, "a crowded machine takes longer"
        assert service.get("/readyz").status_code == 200
        answers = [service.get(f"/api/posts?limit={limit}").status_code for limit in range(1, 21)]
        assert answers == [200] * 20
    assert crashes(service) == []


def test_where_nothing_can_be_written_reads_go_on(service: Running, postgresql: PostgreSQL) -> None:
    writer = Writer(service)
    with read_only(postgresql):
        eventually(lambda: is_unavailable(writer.publish()))
        eventually(lambda: not is_ready(service))
        check = service.get("/readyz").json()["checks"]["database"]
        assert (check["status"], check["reason"]) == ("failed", "read-only")
        until = time.monotonic() + 3  # longer than the service waits for connections to settle
        limit = 20
        while time.monotonic() < until:
            limit = limit % 100 + 1
            assert service.get(f"/api/posts?limit={limit}").status_code == 200
            assert is_unavailable(writer.publish())
    eventually(lambda: is_ready(service), RECOVERY + 10)
    assert set(writer.publish_until_it_works()) <= {503}
    assert crashes(service) == []


@pytest.fixture(scope="module")
def second_postgresql() -> Iterator[PostgreSQL]:
    """Another server, to take over."""
    with running(PostgreSQL) as server:
        yield server


def test_of_several_hosts_the_one_that_takes_writes(
    host: Host, postgresql: PostgreSQL, second_postgresql: PostgreSQL
) -> None:
    name = urlsplit(host.project.environment["DATABASE_URL"]).path[1:]
    second_postgresql.create_database(name)
    hosts = ",".join(f"{LOOPBACK}:{server.port}" for server in (postgresql, second_postgresql))
    url = f"postgresql://{USER}:{PASSWORD}@{hosts}/{name}?target_session_attrs=read-write"
    with read_only(postgresql):
        host.project.run("uv", "run", "--no-sync", "poe", "migrate", DATABASE_URL=url)
        service = host.run({**SHORT, "DATABASE_URL": url})
        Writer(service).publish_until_it_works()
    with read_only(second_postgresql):
        Writer(service).publish_until_it_works()
        eventually(lambda: is_ready(service))
    with postgresql.stopped():
        Writer(service).publish_until_it_works()
        eventually(lambda: is_ready(service))
    assert crashes(service) == []
