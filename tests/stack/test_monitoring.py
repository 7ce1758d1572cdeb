"""Prometheus beside the stack: it finds every replica and the balancer, and reaches no store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from monitoring import dashboard
from servers.ports import free_port

from .engine import inspect, provide
from .running import Stack, eventually

SCRAPES = 60.0  # seconds in which everything is scraped twice


class Monitor:
    """Prometheus in the stack."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        stack.environment["PROMETHEUS_PORT"] = str(free_port())
        images = stack.compose("--profile", "monitoring", "config", "--images").split()
        provide(image for image in images if image.startswith("prom/"))
        stack.compose(
            *("--profile", "monitoring", "up", "--detach", "--no-build", "--no-deps", "--wait"),
            "prometheus",
        )

    @property
    def container(self) -> dict[str, Any]:
        """What the engine knows of it."""
        found = self.stack.compose("--profile", "monitoring", "ps", "--quiet", "prometheus")
        return inspect(found.strip())

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return what an expression gives now."""
        answer = httpx2.get(
            f"http://127.0.0.1:{self.stack.environment['PROMETHEUS_PORT']}/api/v1/query",
            params={"query": expression},
            trust_env=False,
        ).raise_for_status()
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def remove(self) -> None:
        """End it."""
        self.stack.compose("--profile", "monitoring", "rm", "--stop", "--force", "prometheus")


@pytest.fixture(scope="module")
def monitor(stack: Stack) -> Iterator[Monitor]:
    monitor = Monitor(stack)
    yield monitor
    monitor.remove()


def test_every_replica_and_the_balancer_are_scraped(stack: Stack, monitor: Monitor) -> None:
    replicas = len(stack.replicas())
    eventually(lambda: len(monitor.query("up == 1")) == replicas + 1, SCRAPES, pause=1)
    assert len({one["metric"]["instance"] for one in monitor.query('up{job="app"}')}) == replicas


def test_the_panels_of_the_balancer_show_something(stack: Stack, monitor: Monitor) -> None:
    asked = list(dashboard.expressions(stack.path, of_the_balancer=True))
    assert asked

    def shown() -> bool:
        for path in ("/api/posts", "/api/stats", "/api/session"):
            stack.get(path)
        return all(monitor.query(expression) for expression in asked)

    eventually(shown, SCRAPES, pause=1)


def test_no_alert_is_raised_for_a_healthy_stack(monitor: Monitor) -> None:
    firing = monitor.query('ALERTS{alertstate="firing", alertname!="ErrorBudgetBurns"}')
    assert not [one["metric"] for one in firing]


def test_it_reaches_what_it_asks_and_may_do_little(stack: Stack, monitor: Monitor) -> None:
    host, settings = monitor.container["HostConfig"], monitor.container["NetworkSettings"]
    names = {name.removeprefix(f"{stack.name}_") for name in settings["Networks"]}
    assert names == {"web", "monitoring"}
    bindings = [binding for ports in settings["Ports"].values() for binding in ports or ()]
    assert {binding["HostIp"] for binding in bindings} == {"127.0.0.1"}
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
