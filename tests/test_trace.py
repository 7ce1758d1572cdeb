"""A generated project has no word of an option that was not chosen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

import matrix
from matrix import Answers
from syntax import files

Option = tuple[str, object]

# What gives an option away.
WORDS: dict[Option, str] = {
    ("framework", "fastapi"): r"(?i)fastapi|starlette|uvicorn|uvloop|\basgi\b",
    ("framework", "flask"): r"(?i)flask|werkzeug",
    ("framework", "django"): r"(?i)django|\bninja|\bmanage\.py",
    ("database", "postgresql"): r"(?i)postgres|psycopg|asyncpg|\bpg_\w+",
    ("database", "mariadb"): r"(?i)maria|mysql|asyncmy|innodb",
    ("database", "sqlite"): r"(?i)sqlite",
    ("cache", "redis"): r"(?i)redis(?!patch)",  # HAProxy redispatches
    ("cache", "valkey"): r"(?i)valkey",
    ("cache", "memcached"): r"(?i)(?<!loc)memcache|\bemcache",
    ("load_balancer", "haproxy"): r"(?i)haproxy",
    ("load_balancer", "nginx"): r"(?i)nginx",
    ("monitoring", True): (
        r"(?i)grafana|promtool|prom/|deploy/prometheus|slo.rules|burn.?rate|\bmonitoring\b"
    ),
    ("ci", "github"): r"(?i)github|dependabot",
    ("ci", "gitlab"): r"(?i)gitlab|renovate",
    ("example", True): (
        r"(?i)\bblog|\bposts\b|/posts?\b|\bauthors?\b|\baccounts?\b|argon2?\b|pwdlib|busiest"
    ),
    ("python_version", "3.13"): r"(?<![\d.])3\.13(?!\d|\.\d)|\bpy(thon)?313\b",
    ("python_version", "3.14"): r"(?<![\d.])3\.14(?!\d|\.\d)|\bpy(thon)?314\b",
}
WITHOUT_WORDS = {("cache", "none"), ("ci", "none"), ("example", False), ("monitoring", False)}


class Allowed(NamedTuple):
    """A place where an option may be named without being chosen."""

    option: Option
    among: frozenset[Option]  # with which answers
    path: str  # in which files
    line: str  # on which lines
    why: str


GROW = "it is for one machine: the README says how to grow beyond it"
EMBEDDED = "every service starts on a file where no database server is named"
USERS = "Django has users of its own from the start, with passwords"
CLIENT = "redis-py is the client of Valkey too, whose URLs are redis://"
ALLOWED = (
    [
        Allowed(("database", "sqlite"), frozenset(), path, ".", EMBEDDED)
        for path in (
            "README.md",
            "pyproject.toml",
            "src/*/database/*.py",
            "src/*/config/database.py",
            "src/*/database_doctor.py",
            "src/*/management/commands/migrate.py",
            "tests/*.py",
        )
    ]
    + [
        Allowed(("cache", "redis"), frozenset({("cache", "valkey")}), path, line, CLIENT)
        for path, line in (
            (".env.example", "redis://"),
            (".github/workflows/ci.yaml", "redis://"),
            (".gitlab-ci.yml", "redis://"),
            ("README.md", "redis://"),
            ("compose.yaml", "redis://"),
            ("pyproject.toml", '"redis=='),
            ("src/*/config/stores.py", '"redis", "rediss"'),
            ("src/*.py", r"\b(from|import) redis|\b_?redis(_mode)?\b|\bRedis(Error|Storage)?\b"),
            ("tests/*.py", r"rediss?://|\b(from|import) redis|\b_?redis\b|\bRedis(Error)?\b"),
        )
    ]
    + [
        Allowed(option, frozenset({small}), "README.md", "template-update --data", GROW)
        for option, small in (
            (("database", "postgresql"), ("database", "sqlite")),
            (("cache", "redis"), ("cache", "none")),
        )
    ]
    + [
        Allowed(("example", True), frozenset({("framework", "django")}), path, "(?i)argon2", USERS)
        for path in ("pyproject.toml", "tests/test_passwords.py")
    ]
    + [
        Allowed(("example", True), frozenset({("framework", "django")}), path, "account", USERS)
        for path in ("README.md", "src/*/config/app.py", "src/*/login_limit.py")
    ]
    + [
        Allowed(
            ("python_version", "3.13"),
            frozenset({("python_version", "3.14")}),
            "pyproject.toml",
            "target-version",
            "the code is written, and formatted, for the oldest Python that may run it",
        ),
        Allowed(
            ("python_version", "3.13"),
            frozenset({("python_version", "3.14")}),
            "scripts/template.py",
            "requires-python",
            "the update runs on the oldest Python that may run a service",
        ),
    ]
)


def lines(project: Path) -> Iterator[tuple[str, str]]:
    """Return each line of a project, with the name of its file; the names are lines as well."""
    for path in files(project):
        name = path.relative_to(project).as_posix()
        if name == ".copier-answers.yml":
            continue  # it says what was chosen, and nothing else
        yield name, name
        for line in path.read_text(encoding="utf-8").splitlines():
            yield name, line


def exception(option: Option, answers: Answers, name: str, line: str) -> Allowed | None:
    """Return what allows a word of ``option`` on this line, if anything does."""
    for allowed in ALLOWED:
        if (
            allowed.option == option
            and allowed.among <= answers.items()
            and fnmatch(name, allowed.path)
            and re.search(allowed.line, line)
        ):
            return allowed
    return None


def traces(text: Iterator[tuple[str, str]], answers: Answers) -> list[str]:
    """Return the lines that name an option which ``answers`` did not choose."""
    others = {
        option: re.compile(word)
        for option, word in WORDS.items()
        if answers[option[0]] != option[1]
    }
    return [
        f"{name}: {line.strip()}"
        for name, line in text
        for option, word in others.items()
        if word.search(line) and not exception(option, answers, name, line)
    ]


def test_no_trace_of_an_option_not_chosen(project: Path, answers: Answers) -> None:
    found = traces(lines(project), answers)
    assert not found, "\n".join(found)


def test_every_option_has_its_words() -> None:
    options = {(axis, value) for axis, values in matrix.AXES.items() for value in values}
    assert set(WORDS) | WITHOUT_WORDS == options


@pytest.mark.parametrize("option", WORDS, ids=str)
def test_words_are_those_that_an_option_brings(option: Option, render: Callable[..., Path]) -> None:
    """A word that no project holds would look for nothing."""
    project = render(**dict([option]))
    assert any(re.search(WORDS[option], line) for _, line in lines(project))


def test_every_exception_is_needed(render: Callable[..., Path]) -> None:
    used = set()
    for answers in matrix.pairwise():
        for name, line in lines(render(**answers)):
            for option, word in WORDS.items():
                if answers[option[0]] != option[1] and re.search(word, line):
                    used.add(exception(option, answers, name, line))
    assert [(allowed.path, allowed.why) for allowed in ALLOWED if allowed not in used] == []


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("import psycopg", ("database", "postgresql")),
        ("dialect postgresql", ("database", "postgresql")),
        ("SELECT pg_sleep(1)", ("database", "postgresql")),
        ("from sqlalchemy.dialects.mysql import DATETIME", ("database", "mariadb")),
        ("image: mariadb:11.8", ("database", "mariadb")),
        ("import aiosqlite", ("database", "sqlite")),
        ("CACHE_URL=redis://cache", ("cache", "redis")),
        ("Redis holds the sessions.", ("cache", "redis")),
        ("image: valkey/valkey:9", ("cache", "valkey")),
        ("import emcache", ("cache", "memcached")),
        ("`memcached` forgets", ("cache", "memcached")),
        ("image: haproxy:3.0", ("load_balancer", "haproxy")),
        ("image: nginx:1.30", ("load_balancer", "nginx")),
        ("image: grafana/grafana:13.1", ("monitoring", True)),
        ("COMPOSE_PROFILES=monitoring", ("monitoring", True)),
        ("from .blog import routes", ("example", True)),
        ("GET /api/posts", ("example", True)),
        ("Argon2 is slow", ("example", True)),
        ("FROM python:3.13-slim", ("python_version", "3.13")),
        ('target-version = "py314"', ("python_version", "3.14")),
    ],
)
def test_a_trace_is_found(line: str, option: Option) -> None:
    question, value = option
    for answers in matrix.every():
        text = iter([("deploy/planted.txt", line)])
        assert bool(traces(text, answers)) == (answers[question] != value)


def test_an_exception_holds_only_where_it_says() -> None:
    answers = {**matrix.every()[0], "cache": "valkey"}
    client = ("src/my_service/sessions/server.py", "from redis.asyncio import Redis")
    assert traces(iter([client]), answers) == []
    assert traces(iter([client]), {**answers, "cache": "memcached"})
    assert traces(iter([("README.md", "Redis holds the sessions.")]), answers)
