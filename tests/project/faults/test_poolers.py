"""PgBouncer between the service and its database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from servers import PgBouncer, PostgreSQL
from servers.fixtures import running

from .host import SHORT, Host
from .observing import is_unavailable
from .writing import Writer

SLOW = """
CREATE OR REPLACE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql
AS 'BEGIN PERFORM pg_sleep(10); RETURN NEW; END'
"""


@pytest.fixture(scope="module")
def pgbouncer(postgresql: PostgreSQL) -> Iterator[PgBouncer]:
    """A pooler that knows nothing of startup options."""
    with running(PgBouncer, server=postgresql) as server:
        yield server


@pytest.fixture(scope="module")
def careless_pgbouncer(postgresql: PostgreSQL) -> Iterator[PgBouncer]:
    """A pooler that drops them."""
    ignored = {"ignore_startup_parameters": "extra_float_digits,options"}
    with running(PgBouncer, server=postgresql, **ignored) as server:
        yield server


@contextmanager
def slow_inserts(postgresql: PostgreSQL, url: str, schema: str = "public") -> Iterator[None]:
    """Have each new post take ten seconds."""
    with psycopg.connect(url) as connection:
        names = "SELECT tablename FROM pg_tables WHERE tablename IN ('posts', 'blog_post')"
        row = connection.execute(f"{names} AND schemaname = %s", [schema]).fetchone()
    assert row
    table, database = f"{schema}.{row[0]}", url.rpartition("/")[2]
    trigger = f"CREATE TRIGGER slow BEFORE INSERT ON {table} EXECUTE FUNCTION slow()"
    postgresql.execute(SLOW, trigger, database=database)
    try:
        yield
    finally:
        postgresql.execute(f"DROP TRIGGER slow ON {table}", database=database)


def test_requests_through_a_transaction_pooler(
    host: Host, postgresql: PostgreSQL, pgbouncer: PgBouncer
) -> None:
    direct = host.project.environment["DATABASE_URL"]
    pooled = {"DATABASE_URL": pgbouncer.before(direct), "DATABASE_POOLER": "transaction"}
    service = host.run({**SHORT, **pooled})
    writers = [Writer(service) for _ in range(2)]

    def ask(number: int) -> int:
        if number % 5 == 0:
            return writers[number % 2].publish().status_code
        return service.get(f"/api/posts?limit={number % 100 + 1}").status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(ask, range(300)))
    assert set(statuses) == {200, 201}
    newest = service.get("/api/posts?limit=1").json()["items"][0]
    assert newest["published_at"].endswith("Z"), "the server's time zone is another one"
    with slow_inserts(postgresql, direct):
        assert is_unavailable(writers[0].publish()), "the bound of a statement holds"
    assert writers[0].publish().status_code == 201
    assert "statement_timeout" not in doctor(host, **pooled)


def test_the_doctor_knows_a_pooler_that_drops_limits(
    host: Host, pgbouncer: PgBouncer, careless_pgbouncer: PgBouncer
) -> None:
    direct = host.project.environment["DATABASE_URL"]
    told = doctor(host, DATABASE_URL=careless_pgbouncer.before(direct))
    assert "statement_timeout is 0, not 5000" in told
    assert "set DATABASE_POOLER=transaction" in told
    told = doctor(host, DATABASE_URL=pgbouncer.before(direct))
    assert "unsupported startup parameter" in told
    assert "set DATABASE_POOLER=transaction" in told


def doctor(host: Host, **environment: str) -> str:
    """Return what the doctor says."""
    module = f"{host.project.package}.doctor"
    return host.project.python("-m", module, check=False, **environment)
