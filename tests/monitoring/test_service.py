"""Prometheus scrapes a service that works, and the dashboard has something to show."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import pytest
import yaml

from load import changes
from matrix import AXES
from project.service import Project, Running
from servers.fixtures import running
from servers.prometheus import Prometheus

from . import dashboard

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("monitoring")]

POSTS = 300
PATIENCE = 30.0  # seconds until everything has been scraped and computed twice
SCRAPE_WITHIN = 0.05  # seconds, of a replica with four workers

Prepare = Callable[..., Project]

numbers = itertools.count()


@contextmanager
def watched(project: Project, services: list[Running], directory: Path) -> Iterator[Prometheus]:
    """Run Prometheus with the project's configuration on these replicas, in a hurry."""
    rules = project.path / "deploy/prometheus"
    config = yaml.safe_load((rules / "prometheus.yaml").read_text())
    config["global"] = {
        "scrape_interval": "1s",
        "scrape_timeout": "1s",
        "evaluation_interval": "1s",
    }
    [app] = [job for job in config["scrape_configs"] if job["job_name"] == "app"]
    del app["dns_sd_configs"]
    targets = [service.url.removeprefix("http://") for service in services]
    app["static_configs"] = [{"targets": targets}]
    config["scrape_configs"] = [app]  # the balancer's are asked for in tests/stack
    config["rule_files"] = [str(rules / pattern) for pattern in config["rule_files"]]
    path = directory / "prometheus.yaml"
    path.write_text(yaml.safe_dump(config))
    with running(Prometheus, config=path) as prometheus:
        yield prometheus


def use(services: list[Running], rounds: int = 3) -> None:
    """Make some requests of every kind to each of them, for what is cached and for what is not."""
    for _ in range(rounds):
        for service in services:
            number = next(numbers)
            for path in ("/api/posts", "/api/stats", "/api/session", "/no"):
                service.get(path)
            service.get(f"/api/posts?limit={100 - number % 100}")
            service.get(f"/api/posts/{10**6 + number}")
            service.post("/api/reports", {"rounds": 1000})


def values(prometheus: Prometheus, expression: str) -> list[float]:
    """Return what an expression gives, without what is no number."""
    found = [float(series["value"][1]) for series in prometheus.query(expression)]
    return [value for value in found if not math.isnan(value)]


def eventually_shown(
    prometheus: Prometheus, services: list[Running], expressions: list[str]
) -> None:
    """Use the services until every expression gives something.

    Raises:
        AssertionError: with those that do not.
    """
    deadline = time.monotonic() + PATIENCE
    missing = expressions
    while missing and time.monotonic() < deadline:
        use(services)
        time.sleep(0.5)
        missing = [expression for expression in missing if not values(prometheus, expression)]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("framework", AXES["framework"])
def test_every_panel_shows_something(
    framework: str, generate: Prepare, production: Prepare, tmp_path: Path
) -> None:
    project = production(generate(framework=framework), "postgresql", "redis")
    project.seed(POSTS)
    with ExitStack() as stack:
        services = [
            stack.enter_context(project.serve(WEB_WORKERS=workers)) for workers in ("4", "1")
        ]
        prometheus = stack.enter_context(watched(project, services, tmp_path))
        asked = list(dashboard.expressions(project.path, of_the_balancer=False))
        assert len(asked) > 15
        eventually_shown(prometheus, services, asked)

        assert values(prometheus, 'sum(up{job="app"})') == [2]
        assert values(prometheus, "sum(web_workers)") == [5]
        assert max(values(prometheus, "pool:usage:ratio")) <= 1
        assert max(values(prometheus, "cache:hits:ratio_rate5m")) > 0.3
        # Every budget but those of routes that nobody asks for is compared with something.
        used = {series["metric"]["route"] for series in prometheus.query("slo:burn:rate5m")}
        assert used >= {"all", "/api/posts", "/api/posts/{post_id}", "/api/session", "/api/stats"}
        known = {series["metric"]["route"] for series in prometheus.query("slo:budget:ratio")}
        assert used <= known
        # No request here sends more than a few statements, and nothing fails.
        assert max(values(prometheus, "route:many_statements:ratio_rate5m")) == 0
        assert max(values(prometheus, 'slo:burn:rate5m{objective="error_rate"}')) == 0

        history = f'scrape_duration_seconds{{instance="{services[0].url[7:]}"}}[30s]'
        [series] = prometheus.query(history)
        times = [float(value) for _, value in series["values"]]
        assert median(times) < SCRAPE_WITHIN


def test_a_query_in_a_loop_is_suspected(
    spoilt: Prepare, production: Prepare, tmp_path: Path
) -> None:
    project = production(spoilt(changes.N_PLUS_1, framework="fastapi"), "postgresql", "redis")
    project.seed(POSTS)
    suspects = 'route:many_statements:ratio_rate5m{method="GET",route="/api/posts"} > 0.05'
    with project.serve() as service, watched(project, [service], tmp_path) as prometheus:
        eventually_shown(prometheus, [service], [suspects])
        others = 'route:many_statements:ratio_rate5m{route!="/api/posts"}'
        assert max(values(prometheus, others)) == 0
        alerts = {series["metric"]["alertname"] for series in prometheus.query("ALERTS")}
        assert "NPlusOneSuspected" in alerts  # pending: it has to last for a while
