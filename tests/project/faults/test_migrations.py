"""Migrations: several at once, a database that is slow to answer, characters it cannot keep."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from servers import MariaDB, PgBouncer, PostgreSQL
from servers.base import Server
from servers.fixtures import running
from servers.ports import free_port

from ..conftest import numbers
from ..service import Project, clean_environment
from .migrations import CACHES, at_once, for_each, lines, slow_to_accept, task
from .writing import Writer

# Takes the lock as a migration does, and keeps it.
KEEPER = {
    "django": """
import time
from my_service.startup import start_django
start_django()
from django.db import connection
from my_service.database.exclusive import exclusive
with exclusive(connection):
    print("locked", flush=True)
    time.sleep(120)
""",
    "flask": """
import time
from sqlalchemy import create_engine
from my_service.config import get_settings
from my_service.database import pools
from my_service.database.exclusive import exclusive
with exclusive(create_engine(**pools.migrations(get_settings())), 30):
    print("locked", flush=True)
    time.sleep(120)
""",
}
CHARACTERS = "Łukasz 漢字 😀"


@pytest.fixture
def project(
    pair: tuple[str, str],
    generate: Callable[..., Project],
    production: Callable[..., Project],
) -> Project:
    """A project on an empty database."""
    framework, database = pair
    cache = CACHES[pair]
    generated = generate(framework=framework, database=database, cache=cache)
    return production(generated, database, cache, migrated=False)


@pytest.fixture(scope="module")
def pgbouncer(postgresql: PostgreSQL) -> Iterator[PgBouncer]:
    """A pooler that gives each transaction another session."""
    with running(PgBouncer, server=postgresql) as server:
        yield server


def assert_one_migrates(project: Project, **extra: str) -> None:
    ends = at_once(project, 4, "migrate", **extra)
    assert [code for code, _ in ends] == [0] * 4, [text[-2000:] for code, text in ends if code]
    seeds = at_once(project, 3, "seed", "--posts", "40", **extra)
    printed = [text for _, text in seeds]
    assert [code for code, _ in seeds] == [0] * 3, printed
    assert (len(lines(printed, "40 posts added")), len(lines(printed, "already"))) == (1, 2)


@for_each()
def test_of_migrations_at_once_one_waits_for_the_other(project: Project) -> None:
    assert_one_migrates(project)


@for_each(("fastapi", "postgresql"), ("flask", "postgresql"), ("django", "postgresql"))
def test_of_migrations_of_a_file_one_waits_for_the_other(project: Project, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'service.db'}"
    assert_one_migrates(project, ENVIRONMENT="local", DATABASE_URL=url)


@for_each(("flask", "postgresql"), ("django", "postgresql"))
def test_of_migrations_through_a_pooler_one_waits_for_the_other(
    project: Project, pgbouncer: PgBouncer
) -> None:
    pooled = pgbouncer.before(project.environment["DATABASE_URL"])
    assert_one_migrates(project, DATABASE_URL=pooled, DATABASE_POOLER="transaction")


@for_each(("flask", "postgresql"), ("django", "mariadb"))
def test_the_wait_for_another_migration_ends(project: Project, pair: tuple[str, str]) -> None:
    keeper = subprocess.Popen(
        [project.path / ".venv/bin/python", "-c", KEEPER[pair[0]]],
        cwd=project.path,
        env=clean_environment(project.environment),
        stdout=subprocess.PIPE,
        text=True,
    )
    with keeper:
        try:
            assert keeper.stdout
            assert "locked\n" in iter(keeper.stdout.readline, "")
            refused = task(project, "migrate", MIGRATION_WAIT="1")
            assert refused.returncode
            assert "Another process has been changing this database" in (
                refused.stdout + refused.stderr
            )
        finally:
            keeper.kill()  # which ends its lock, too
    project.migrate()


@for_each()
def test_a_slow_connection_is_waited_for(
    project: Project, pair: tuple[str, str], request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(pair[1])
    direct = project.environment["DATABASE_URL"]
    with slow_to_accept(server.port, delay=2.0) as port:
        slow = {"DATABASE_URL": direct.replace(f":{server.port}/", f":{port}/")}
        migration = task(project, "migrate", **slow)
        assert migration.returncode == 0, migration.stdout + migration.stderr
        if pair[0] == "django":
            seed = task(project, "seed", "--posts", "1", **slow)
            assert seed.returncode == 0, seed.stdout + seed.stderr


@for_each(("fastapi", "postgresql"), ("django", "mariadb"))
def test_a_database_that_is_starting_is_waited_for(
    project: Project, pair: tuple[str, str], request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(pair[1])
    port = free_port()
    direct = project.environment["DATABASE_URL"]
    late = direct.replace(f":{server.port}/", f":{port}/")
    started = threading.Event()
    ended = threading.Event()

    def listen() -> None:
        started.wait(60)
        with slow_to_accept(server.port, delay=0, at=port):
            ended.wait(120)

    threading.Thread(target=listen, daemon=True).start()
    migration = subprocess.Popen(
        ["uv", "run", "--no-sync", "poe", "migrate"],
        cwd=project.path,
        env=clean_environment({**project.environment, "DATABASE_URL": late}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with migration:
        assert migration.stdout
        seen = []
        for line in migration.stdout:
            seen.append(line)
            if "does not answer yet" in line:
                started.set()
        ended.set()
    assert migration.returncode == 0, "".join(seen)
    assert lines(seen, "does not answer yet")


@for_each(("fastapi", "mariadb"), ("flask", "mariadb"), ("django", "mariadb"))
def test_tables_of_a_latin1_server_keep_every_character(
    project: Project, mariadb_latin1: MariaDB, pair: tuple[str, str]
) -> None:
    url = mariadb_latin1.create_database(f"latin_{pair[0]}")
    project.environment["DATABASE_URL"] = url
    project.migrate()
    name = urlsplit(url).path[1:]
    charsets = mariadb_latin1.execute(
        "SELECT DISTINCT character_set_name FROM information_schema.columns"
        f" WHERE table_schema = '{name}' AND character_set_name IS NOT NULL"
    )
    assert charsets == ["utf8mb4"]
    with project.serve() as service:
        account = {"email": "1@example.org", "name": CHARACTERS, "password": "a long password"}
        assert service.post("/api/accounts", account).status_code == 201
        fields = {"title": CHARACTERS, "body": CHARACTERS, "tags": CHARACTERS.lower().split()}
        made = Writer(service).publish(**fields)
        assert made.status_code == 201, made.text
        read = service.get(made.headers["location"]).json()
        assert (read["title"], read["body"]) == (CHARACTERS, CHARACTERS)
        assert sorted(read["tags"]) == sorted(fields["tags"])


@for_each(("fastapi", "mariadb"), ("flask", "mariadb"), ("django", "mariadb"))
def test_the_doctor_knows_tables_that_cannot_keep_every_character(
    project: Project, mariadb: MariaDB, pair: tuple[str, str]
) -> None:
    project.migrate()
    name = urlsplit(project.environment["DATABASE_URL"]).path[1:]
    table = "auth_group" if pair[0] == "django" else "sessions"
    mariadb.execute(f"ALTER TABLE {name}.{table} CONVERT TO CHARACTER SET latin1")
    found = re.search(rf"(ALTER TABLE {table} CONVERT [\w ]+);", task(project, "doctor").stdout)
    assert found
    mariadb.execute(f"USE {name}", found[1])
    assert "CONVERT" not in task(project, "doctor").stdout
    (collation,) = mariadb.execute(
        "SELECT DISTINCT table_collation FROM information_schema.tables"
        f" WHERE table_schema = '{name}'"
    )
    assert collation == "utf8mb4_unicode_ci", "the database's own, which is kept"


@for_each(("fastapi", "postgresql"), ("django", "postgresql"))
@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_an_encoding_that_cannot_keep_every_character_is_refused(
    project: Project, postgresql: PostgreSQL, encoding: str
) -> None:
    name = f"encoded{next(numbers)}"
    made = f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
    postgresql.execute(made)
    url = project.environment["DATABASE_URL"]
    project.environment["DATABASE_URL"] = f"{url.rpartition('/')[0]}/{name}"
    refused = task(project, "migrate")
    assert refused.returncode
    assert f"the encoding of the database is {encoding}" in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr
    told = task(project, "doctor").stdout
    assert f"the encoding of the database is {encoding}" in told
