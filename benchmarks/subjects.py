"""A service for each framework, on the same servers, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from servers import PostgreSQL, Redis

from .frameworks import FRAMEWORKS
from .subject import POSTS, Subject, install, render


@dataclass(frozen=True)
class Servers:
    """What the services of all frameworks share."""

    database: PostgreSQL
    cache: Redis
    sessions: Redis


def servers(stack: ExitStack) -> Servers:
    """Start the servers; ``stack`` ends them."""
    return Servers(
        database=stack.enter_context(PostgreSQL(timezone="UTC")),
        cache=stack.enter_context(Redis(maxmemory="64mb", maxmemory_policy="allkeys-lfu")),
        sessions=stack.enter_context(Redis(maxmemory_policy="noeviction")),
    )


def subjects(
    servers: Servers, template: Path, frameworks: Iterable[str]
) -> Iterator[tuple[str, Subject]]:
    """Return the name of each framework with a service that is installed and filled.

    Args:
        servers: what they use.
        template: a copy of the template; the services are put beside it.
        frameworks: their names.
    """
    for name in frameworks:
        framework = FRAMEWORKS[name]
        path = template.with_name(name)
        render(template, path, framework=name)
        subject = Subject(
            framework,
            install(path, framework),
            database_url=servers.database.create_database(name),
            cache_url=servers.cache.url,
            session_url=servers.sessions.url,
            pages=template.with_name(f"{name}-pages"),
        )
        servers.cache.flush()
        prepare(subject)
        yield name, subject


def prepare(subject: Subject, posts: int = POSTS) -> None:
    """Make the tables and fill them."""
    subject.project.environment = subject.environment()
    subject.project.migrate()
    subject.project.seed(posts)
    with psycopg.connect(subject.database_url, autocommit=True) as connection:
        connection.execute("ANALYZE")  # at once: plans must not change between two rounds
