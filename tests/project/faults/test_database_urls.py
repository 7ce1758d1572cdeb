"""Parameters that the URL of the database names beside the service's own."""

from __future__ import annotations

from urllib.parse import urlsplit

import psycopg

from servers import PostgreSQL

from .host import SHORT, Host
from .observing import is_unavailable
from .test_poolers import slow_inserts
from .writing import Writer


def test_what_the_url_names_is_joined_with_the_limits(host: Host, postgresql: PostgreSQL) -> None:
    direct = host.project.environment["DATABASE_URL"]
    url = f"{direct}?options=-csearch_path%3Dapp&application_name=my%20app"
    postgresql.execute("CREATE SCHEMA app", database=urlsplit(direct).path[1:])
    host.project.run("uv", "run", "--no-sync", "poe", "migrate", DATABASE_URL=url)
    service = host.run({**SHORT, "DATABASE_URL": url})
    writer = Writer(service)
    assert writer.publish().status_code == 201
    with psycopg.connect(direct) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'app'"
            " AND tablename IN ('posts', 'blog_post')"
        )
        assert found.fetchone() == (1,)
        names = connection.execute(
            "SELECT DISTINCT application_name FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert names.fetchall() == [("my app",)]
    with slow_inserts(postgresql, direct, "app"):
        assert is_unavailable(writer.publish()), "the bound of a statement holds"
