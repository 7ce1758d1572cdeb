"""A MariaDB server that takes no writes for a while, as a replica or an old primary does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pymysql
import pytest

from matrix import pairwise
from servers import MariaDB
from servers.names import PASSWORD, USER
from servers.ports import LOOPBACK

from ..conftest import COMBINED, in_one_process
from ..service import Project
from .host import SHORT
from .observing import eventually, is_ready, is_unavailable, log_lines
from .writing import Writer

ROLE = "ordinary"  # administrators may write nevertheless
PROJECTS = {
    row["framework"]: row["cache"] for row in pairwise(COMBINED) if row["database"] == "mariadb"
}


@contextmanager
def read_only(server: MariaDB) -> Iterator[None]:
    server.execute("SET GLOBAL read_only = 1")
    try:
        yield
    finally:
        server.execute("SET GLOBAL read_only = 0")


def connections(server: MariaDB) -> set[int]:
    """Return the ids of the connections that the service has."""
    with pymysql.connect(
        host=LOOPBACK, port=server.port, user=USER, password=PASSWORD
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(f"SELECT id FROM information_schema.processlist WHERE user = '{ROLE}'")
        return {number for (number,) in cursor.fetchall()}


@pytest.mark.parametrize(
    ("kind", "store"),
    [
        pytest.param(kind, store, marks=in_one_process(kind, "mariadb", store), id=kind)
        for kind, store in PROJECTS.items()
    ],
)
def test_reads_go_on_and_writes_come_back(
    generate: Callable[..., Project],
    production: Callable[..., Project],
    mariadb: MariaDB,
    kind: str,
    store: str,
) -> None:
    project = production(
        generate(framework=kind, database="mariadb", cache=store), "mariadb", store
    )
    name = urlsplit(project.environment["DATABASE_URL"]).path[1:]
    mariadb.execute(
        f"CREATE USER IF NOT EXISTS {ROLE}@'%' IDENTIFIED BY '{PASSWORD}'",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.* TO {ROLE}@'%'",
    )
    own = "connect_timeout=4&init_command=SET%20wait_timeout%20%3D%20600"
    url = f"mariadb://{ROLE}:{PASSWORD}@{LOOPBACK}:{mariadb.port}/{name}?{own}"
    with project.serve(**SHORT, DATABASE_URL=url) as service:
        writer = Writer(service)
        writer.publish_until_it_works()
        with read_only(mariadb):
            assert is_unavailable(writer.publish())
            eventually(lambda: not is_ready(service))
            check = service.get("/readyz").json()["checks"]["database"]
            assert (check["status"], check["reason"]) == ("failed", "read-only")
            before, seen = connections(mariadb), set[int]()
            until = time.monotonic() + 4  # longer than connections take to settle
            limit = 20
            while time.monotonic() < until:
                limit = limit % 100 + 1
                assert service.get(f"/api/posts?limit={limit}").status_code == 200
                seen |= connections(mariadb)
                assert is_unavailable(writer.publish())
            assert seen - before, "another server would have been found"
        assert set(writer.publish_until_it_works()) <= {503}
        eventually(lambda: is_ready(service))
        assert "unhandled exception" not in {line["event"] for line in log_lines(service)}
