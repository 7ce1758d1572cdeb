"""What is measured, for one framework: each mistake alone, on the same data, under the same load.

Both services run on one worker, unless processes are the question, and take turns; a ratio is taken
within a round, and the median of the rounds counts.
"""

from __future__ import annotations

import os
import signal
import time
import tomllib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import httpx2

from project.service import Running

from .. import wrk
from ..effort import Effort
from ..measures import sample, take_turns
from ..subject import Subject, check_same_work
from ..wrk import Load
from . import clients
from .comparison import Comparison, Measure

VISITORS = 100
CLIENTS = 20  # who order reports at a time: more than a worker has threads
STEPS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)  # connections


def blocking_work(subject: Subject, effort: Effort) -> list[Comparison]:
    """Ask for /healthz while more reports are ordered than one process computes."""

    def health(url: str, path: str) -> float:
        with wrk.start(url + path, "reports.lua", CLIENTS, effort.seconds + 1) as process:
            time.sleep(0.5)
            times = sample(url, effort.seconds)
            wrk.result(process)
        clients.wait_until_calm(url)  # what nobody waits for any more is computed nevertheless
        return sorted(times)[int(0.95 * len(times))]  # there may be very few

    with subject.mistakes("create_app", CACHE_URL=subject.cache_url) as service:
        before, after = [], []
        for _ in range(effort.rounds):
            before.append(health(service.url, "/api/before/reports"))
            after.append(health(service.url, "/api/reports"))
    ratio = median(one / other for one, other in zip(before, after, strict=True))
    return [_row(subject, Measure.HEALTH, "ms", median(before), median(after), ratio)]


def one_process(subject: Subject, effort: Effort) -> list[Comparison]:
    """Kill a process while visitors come."""

    def failed(service: Running) -> float:
        with clients.visitors(service.url, "/api/posts") as seen:
            time.sleep(1)
            before = seen.failed, seen.good
            os.kill(service.workers()[0], signal.SIGKILL)
            time.sleep(max(4.0, effort.seconds))
        if before[0] or not before[1]:
            raise RuntimeError(f"not well to begin with: {before}")
        missed = seen.failed
        return 100 * missed / (missed + seen.good - before[1])

    with subject.mistakes("create_app", CACHE_URL=subject.cache_url) as alone:
        before = failed(alone)
    with subject.service(CACHE_URL=subject.cache_url, WEB_WORKERS="2") as service:
        after = failed(service)
    return [_row(subject, Measure.KILLED, "%", before, after)]


def sessions_in_memory(subject: Subject, _effort: Effort) -> list[Comparison]:
    """Send visitors to two replicas in turn."""
    found = []
    for run in (
        lambda: subject.mistakes("create_forgetful_app", CACHE_URL=subject.cache_url),
        lambda: subject.service(CACHE_URL=subject.cache_url),
    ):
        with run() as one, run() as other:
            found.append(100 * clients.forgotten([one.url, other.url], VISITORS))
    return [_row(subject, Measure.LOST, "%", *found)]


def scattered_errors(subject: Subject, _effort: Effort) -> list[Comparison]:
    """Provoke failures of several kinds."""
    found = []
    for run in (
        subject.blunt,
        lambda: subject.mistakes("create_app", CACHE_URL=subject.cache_url),
    ):
        with run() as service:
            found.append(100 * clients.traced(service.url, str(service.log)))
    return [_row(subject, Measure.TRACED, "%", *found)]


def no_cache(subject: Subject, effort: Effort) -> list[Comparison]:
    """Have many visitors ask for the numbers over the whole blog."""
    with subject.mistakes("create_app", CACHE_URL=subject.cache_url) as service:
        _insist_on_the_same(service.url, "/api/before/stats", "/api/stats")
        loads = take_turns(
            effort,
            {
                "before": _asked(f"{service.url}/api/before/stats", effort),
                "after": _asked(f"{service.url}/api/stats", effort),
            },
        )
    return [_rates(subject, Measure.STATS, loads["before"], loads["after"])]


def n_plus_one(subject: Subject, effort: Effort) -> list[Comparison]:
    """Have visitors ask for another page of the list each time, and for the first, cached."""
    slow_pages = subject.pages.with_name(f"{subject.pages.name}-before")
    with (
        subject.mistakes("create_app", CACHE_URL="", CACHE_STALENESS="0") as uncached,
        subject.mistakes("create_app", CACHE_URL=subject.cache_url) as cached,
    ):
        subject.write_pages(uncached.url)
        paths = subject.pages.read_text()
        slow_pages.write_text(paths.replace("/api/posts", "/api/before/posts"))
        for path in paths.splitlines()[:3]:
            _insist_on_the_same(uncached.url, path, path.replace("/api/posts", "/api/before/posts"))
        loads = take_turns(
            effort,
            {
                "before": _asked(uncached.url, effort, slow_pages),
                "after": _asked(uncached.url, effort, subject.pages),
                "cached": _asked(f"{cached.url}/api/posts", effort),
            },
        )
    return [
        _rates(subject, Measure.LIST, loads["before"], loads["after"]),
        _rates(subject, Measure.CACHED_LIST, loads["before"], loads["cached"]),
    ]


def running_blind(subject: Subject, effort: Effort) -> list[Comparison]:
    """Add connections until the objective of the list is breached.

    Before: the usual way to write it, by people who have not looked. Both are asked for the pages
    of the list in turn, the service with its cache.
    """
    objective = tomllib.loads((subject.project.path / "loadtest/slo.toml").read_text())
    limits = objective["endpoints"]["GET /api/posts"]

    def limit(url: str) -> float:
        best = 0.0
        for connections in STEPS:
            load = wrk.run(
                url, connections=connections, seconds=effort.seconds, paths=subject.pages
            )
            if load.p95 > limits["p95"] or load.errors > limits["error_rate"] * load.requests:
                break
            best = max(best, load.rate)
        return best

    with ExitStack() as stack:
        usual = stack.enter_context(subject.usual())
        service = stack.enter_context(subject.service(CACHE_URL=subject.cache_url))
        check_same_work([usual, service.url], subject.pages)
        before, after = limit(usual), limit(service.url)
    ratio = after / before if before else None
    return [_row(subject, Measure.LIMIT, "/s", before, after, ratio)]


ALL: tuple[Callable[[Subject, Effort], list[Comparison]], ...] = (
    blocking_work,
    one_process,
    sessions_in_memory,
    scattered_errors,
    no_cache,
    n_plus_one,
    running_blind,
)


def _asked(url: str, effort: Effort, paths: Path | None = None) -> Callable[[], Load]:
    return lambda: wrk.run(url, seconds=effort.seconds, paths=paths)


def _insist_on_the_same(url: str, path: str, other: str) -> None:
    if httpx2.get(url + path).json() != httpx2.get(url + other).json():
        raise RuntimeError(f"{path} and {other} of {urlsplit(url).netloc} do not answer alike")


def _row(
    subject: Subject,
    measure: Measure,
    unit: str,
    before: float,
    after: float,
    ratio: float | None = None,
) -> Comparison:
    return Comparison(subject.framework.name, measure, unit, before, after, ratio)


def _rates(subject: Subject, measure: Measure, before: list[Load], after: list[Load]) -> Comparison:
    broken = sum(load.errors for load in before + after)
    if broken:
        raise RuntimeError(f"{measure}: {broken} requests failed")
    ratio = median(one.rate / other.rate for one, other in zip(after, before, strict=True))
    rates = (median(load.rate for load in loads) for loads in (before, after))
    return _row(subject, measure, "/s", *rates, ratio)
