"""What is measured of a service.

Contestants take turns, because a machine is not equally fast all the time: each ratio is taken
within a round, and the median of the rounds counts.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median, quantiles
from urllib.parse import urlsplit

from . import machine, wrk
from .effort import Effort
from .report import Row
from .subject import Subject, check_same_work
from .wrk import Load

VISITS = 100  # times that everything is asked for before the metrics are


def uncached(subject: Subject, effort: Effort) -> list[Row]:
    """Compare the list from the database with the limit and with the usual, and under a crowd."""
    with ExitStack() as stack:
        with machine.on(machine.CONTESTANT):
            service = stack.enter_context(subject.service(CACHE_URL="", CACHE_STALENESS="0"))
            limit = stack.enter_context(subject.limit())
            usual = stack.enter_context(subject.usual())
        subject.write_pages(service.url)
        check_same_work([service.url, limit, usual], subject.pages)

        def pages(url: str, connections: int = 32) -> Callable[[], Load]:
            # A crowd takes a while to arrive.
            seconds = effort.seconds if connections < 500 else 2 * effort.seconds
            return lambda: wrk.run(
                url, connections=connections, seconds=seconds, paths=subject.pages
            )

        loads = take_turns(
            effort,
            {
                "service": pages(service.url),
                "limit": pages(limit),
                "usual": pages(usual),
                "128": pages(service.url, 128),
                "500": pages(service.url, 500),
            },
        )
    peak = [max(pair, key=_rate) for pair in zip(loads["service"], loads["128"], strict=True)]
    framework = subject.framework
    return [
        Row(f"the limit: {framework.limit}", _median_rate(loads["limit"]), "/s"),
        Row(f"the usual: {framework.usual}", _median_rate(loads["usual"]), "/s"),
        Row("the service, uncached", _median_rate(loads["service"]), "/s"),
        Row(
            "the service / the limit",
            ratio(loads["service"], loads["limit"]),
            least=framework.of_limit,
        ),
        Row(
            "the service / the usual",
            ratio(loads["service"], loads["usual"]),
            least=framework.of_usual,
        ),
        Row("the service, 500 connections", _median_rate(loads["500"]), "/s"),
        Row("500 connections / the peak", ratio(loads["500"], peak), least=0.8),
        Row("errors with 500 connections", _errors(loads["500"]), most=0),
        Row("errors with fewer", _errors(loads["service"] + loads["128"]), most=0),
    ]


def cached(subject: Subject, effort: Effort) -> list[Row]:
    """Compare the list from the cache with a route that only says hello."""
    cache = {"CACHE_URL": subject.cache_url}
    with ExitStack() as stack:
        with machine.on(machine.CONTESTANT):
            layered = stack.enter_context(subject.hello(**cache))
            shared = stack.enter_context(subject.hello(**cache, CACHE_STALENESS="0"))

        def path(url: str) -> Callable[[], Load]:
            return lambda: wrk.run(url, seconds=effort.seconds)

        loads = take_turns(
            effort,
            {
                "hello": path(f"{layered}/api/hello"),
                "layered": path(f"{layered}/api/posts"),
                "shared": path(f"{shared}/api/posts"),
            },
        )
    return [
        Row("hello, world, from a route of the service", _median_rate(loads["hello"]), "/s"),
        Row("the list, cached", _median_rate(loads["layered"]), "/s"),
        Row("the list, from Redis alone", _median_rate(loads["shared"]), "/s"),
        Row("cached / hello", ratio(loads["layered"], loads["hello"]), least=0.8),
        Row("from Redis alone / hello", ratio(loads["shared"], loads["hello"])),
        Row("errors, cached", _errors([load for runs in loads.values() for load in runs]), most=0),
    ]


def sessions(subject: Subject, effort: Effort) -> list[Row]:
    """Compare visits of many sessions with sessions that each request overwrites.

    A visit reads and writes its session; no two requests have the same one at the same time.
    """
    with ExitStack() as stack:
        with machine.on(machine.CONTESTANT):
            service = stack.enter_context(subject.service(CACHE_URL=subject.cache_url)).url
            overwriting = stack.enter_context(subject.overwriting(CACHE_URL=subject.cache_url))
        cookies = [str(subject.write_cookies(service))]

        def visits(url: str) -> Callable[[], Load]:
            def load() -> Load:
                path = f"{url}/api/session"
                with wrk.start(path, "sessions.lua", 32, effort.seconds, cookies) as process:
                    return wrk.result(process)

            return load

        loads = take_turns(effort, {"service": visits(service), "overwriting": visits(overwriting)})
    runs = loads["service"] + loads["overwriting"]
    return [
        Row("visits of sessions", _median_rate(loads["service"]), "/s"),
        Row(
            "visits that all count / that overwrite each other",
            ratio(loads["service"], loads["overwriting"]),
            least=0.97,
        ),
        Row("errors of visits", _errors(runs), most=0),
    ]


def metrics(subject: Subject, effort: Effort) -> list[Row]:
    """Compare the list from the cache, where they weigh most, with metrics that count nothing.

    Then ask a replica of four workers, which have served everything, for all of them.
    """
    cache = {"CACHE_URL": subject.cache_url}
    with ExitStack() as stack:
        with machine.on(machine.CONTESTANT):
            counted = stack.enter_context(subject.hello(**cache))
            uncounted = stack.enter_context(subject.uncounted(**cache))

        def path(url: str) -> Callable[[], Load]:
            return lambda: wrk.run(f"{url}/api/posts", seconds=effort.seconds)

        loads = take_turns(effort, {"counted": path(counted), "uncounted": path(uncounted)})
    paths = ("/api/posts", "/api/posts/1", "/api/posts/x", "/api/stats", "/api/session", "/healthz")
    with (
        machine.on(machine.ALL),
        subject.service(**cache, WEB_WORKERS="4", DATABASE_POOL_SIZE="5") as service,
    ):
        for _ in range(VISITS):  # each on a connection of its own: all workers count
            for asked in paths:
                service.get(asked)
        times = sample(service.url, effort.seconds, "/metrics")
    return [
        Row(
            "throughput with metrics / without",
            ratio(loads["counted"], loads["uncounted"]),
            least=0.95,
        ),
        Row("/metrics of four workers, p95", p95(times), "ms", most=50),
    ]


def liveness(subject: Subject, effort: Effort) -> list[Row]:
    """Ask for /healthz, each time on a new connection, while all CPU workers are busy."""
    seconds = effort.rounds * effort.seconds
    with (
        machine.on(machine.ALL),
        subject.service(CACHE_URL=subject.cache_url, WEB_WORKERS="2") as service,
    ):
        calm = sample(service.url, seconds / 4)
        # As many clients as both workers together let run and wait, and some that are refused.
        with wrk.start(f"{service.url}/api/reports", "reports.lua", 16, seconds + 1) as process:
            time.sleep(0.5)
            busy = sample(service.url, seconds)
            reports = wrk.result(process)
    if not reports.requests > reports.refused > 0 or reports.broken or reports.timeouts:
        raise RuntimeError(f"the reports did not fill the pool: {reports}")
    return [
        Row("/healthz p95, idle", p95(calm), "ms"),
        Row("/healthz p95, CPU pool full", p95(busy), "ms", most=50),
        Row("reports made meanwhile", reports.rate, "/s"),
    ]


ALL = (uncached, cached, sessions, metrics, liveness)


def take_turns(effort: Effort, contestants: dict[str, Callable[[], Load]]) -> dict[str, list[Load]]:
    """Run every contestant once per round, in alternating order, after a round to warm up."""
    loads: dict[str, list[Load]] = {name: [] for name in contestants}
    for number in range(-1, effort.rounds):
        order = list(contestants) if number % 2 else list(reversed(contestants))
        for name in order:
            load = contestants[name]()
            if number >= 0:
                loads[name].append(load)
    return loads


def ratio(loads: list[Load], others: list[Load]) -> float:
    """Return the median of the rounds' ratios."""
    return median(load.rate / other.rate for load, other in zip(loads, others, strict=True))


def sample(url: str, seconds: float, path: str = "/healthz") -> list[float]:
    """Ask for ``path`` at most a hundred times a second; return the times (milliseconds)."""
    address = urlsplit(url).netloc
    times = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.perf_counter()
        connection = http.client.HTTPConnection(address, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            if answer.status != 200 or not answer.read():
                raise RuntimeError(f"{path} does not answer")
        finally:
            connection.close()
        times.append((time.perf_counter() - started) * 1000)
        time.sleep(0.01)
    return times


def p95(times: list[float]) -> float:
    """Return the 95th percentile."""
    return quantiles(times, n=20)[-1]


def _rate(load: Load) -> float:
    return load.rate


def _median_rate(loads: list[Load]) -> float:
    return median(load.rate for load in loads)


def _errors(loads: list[Load]) -> int:
    return sum(load.errors for load in loads)
