"""A service for each framework, on the same servers, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg

from servers import PostgreSQL, Redis

from .frameworks import FRAMEWORKS
from .subject import POSTS, Subject, install, render


def subjects(
    stack: ExitStack, template: Path, frameworks: Iterable[str]
) -> Iterator[tuple[str, Subject]]:
    """Return the name of each framework with a service that is installed and filled.

    Args:
        stack: ends the servers.
        template: a copy of the template; the services are put beside it.
        frameworks: their names.
    """
    cache = stack.enter_context(Redis(maxmemory="64mb", maxmemory_policy="allkeys-lfu"))
    sessions = stack.enter_context(Redis(maxmemory_policy="noeviction"))
    database = stack.enter_context(PostgreSQL())
    for name in frameworks:
        framework = FRAMEWORKS[name]
        path = template.with_name(name)
        render(template, path, framework=name)
        subject = Subject(
            framework,
            install(path, framework),
            database_url=database.create_database(name),
            cache_url=cache.url,
            session_url=sessions.url,
            pages=template.with_name(f"{name}-pages"),
        )
        cache.flush()
        prepare(subject)
        yield name, subject


def prepare(subject: Subject) -> None:
    """Make the tables and fill them."""
    subject.project.environment = subject.environment()
    subject.project.migrate()
    subject.project.seed(POSTS)
    with psycopg.connect(subject.database_url, autocommit=True) as connection:
        connection.execute("ANALYZE")  # at once: plans must not change between two rounds
