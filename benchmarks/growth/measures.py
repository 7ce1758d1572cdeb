"""What is measured, for one framework, on one worker that has a core to itself.

Nothing is compared with anything else here: each number stands for how it changes with the size.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from statistics import median

import httpx2

from .. import machine, wrk
from ..effort import Effort
from ..subject import PAGE, Subject
from ..subjects import prepare
from ..wrk import Load
from .series import Point, Series

CONNECTIONS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
CROWD = 500  # connections; so many take a while to arrive


def rows(
    subject: Subject, effort: Effort, new_database: Callable[[str], str], most: int
) -> list[Point]:
    """Ask tables of 100 rows, 1,000 and so on, one question at a time and uncached.

    Args:
        subject: the service.
        effort: rounds, and seconds for each question in each.
        new_database: returns the URL of an empty one of that name.
        most: the most rows.
    """
    points = []
    posts = 100
    while posts <= most:
        own = replace(subject, database_url=new_database(f"{subject.framework.name}_{posts}"))
        prepare(own, posts)
        points += _rows(own, effort, posts)
        posts *= 10
    return points


def _rows(subject: Subject, effort: Effort, posts: int) -> list[Point]:
    with ExitStack() as stack:
        with machine.on(machine.CONTESTANT):
            service = stack.enter_context(subject.service(CACHE_URL="", CACHE_STALENESS="0"))
        middle = posts // 2
        paths = {
            Series.NEWEST: f"/api/posts?limit={PAGE}",
            Series.MIDDLE: f"/api/posts?limit={PAGE}&after={_cursor(subject, service.url, middle)}",
            Series.POST: f"/api/posts/{middle}",
            Series.STATS: "/api/stats",
        }
        found: dict[Series, list[Load]] = {series: [] for series in paths}
        for _ in range(effort.rounds):
            for series, path in paths.items():
                load = wrk.run(service.url + path, connections=1, seconds=effort.seconds)
                found[series].append(load)
    return [
        # An answer may take longer than the whole run, then there is none.
        _point(subject, series, posts, loads, lambda load: 1000 / load.rate if load.rate else 0)
        for series, loads in found.items()
    ]


def connections(subject: Subject, effort: Effort) -> list[Point]:
    """Ask on ever more connections, for another page each time and for the one that is cached."""
    points = []
    with ExitStack() as stack:
        with machine.on(machine.CONTESTANT):
            uncached = stack.enter_context(subject.service(CACHE_URL="", CACHE_STALENESS="0"))
            cached = stack.enter_context(subject.service(CACHE_URL=subject.cache_url))
        subject.write_pages(uncached.url)
        for number in CONNECTIONS:
            seconds = effort.seconds if number < CROWD else 2 * effort.seconds
            asked = [
                wrk.run(uncached.url, connections=number, seconds=seconds, paths=subject.pages)
                for _ in range(effort.rounds)
            ]
            kept = [
                wrk.run(f"{cached.url}/api/posts", connections=number, seconds=seconds)
                for _ in range(effort.rounds)
            ]
            points += [
                _point(subject, Series.UNCACHED, number, asked, lambda load: load.rate),
                _point(subject, Series.WAIT, number, asked, lambda load: load.p95),
                _point(subject, Series.CACHED, number, kept, lambda load: load.rate),
            ]
    return points


def _point(
    subject: Subject, series: Series, size: int, loads: list[Load], value: Callable[[Load], float]
) -> Point:
    found = median(value(load) for load in loads)
    errors = sum(load.errors for load in loads)
    return Point(subject.framework.name, series, size, found, errors)


def _cursor(subject: Subject, url: str, post: int) -> str:
    """Return the cursor of the page after a post."""
    shown = httpx2.get(f"{url}/api/posts/{post}", timeout=20).raise_for_status().json()
    script = (
        "from datetime import datetime; from bench.blog.cursor import encode_cursor;"
        f"print(encode_cursor(datetime.fromisoformat('{shown['published_at']}'), {post}))"
    )
    return subject.project.python("-c", script).strip()
