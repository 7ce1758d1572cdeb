"""Prometheus beside the stack: it finds every replica and the balancer, and reaches no store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import yaml

from monitoring import dashboard
from servers.ports import free_port

from .engine import inspect, provide
from .running import Stack, eventually

SCRAPES = 60.0  # seconds in which everything is scraped twice

# What a crowded machine does to the times of a stack that is in order.
SLOW = 'alertname=~"ErrorBudgetBurns|EventLoopLags",objective!="error_rate"'


# A file of the owner's beside the template's (README.md of a service, "Updates").
OWN = """\
groups:
  - name: own
    rules:
      - alert: OurOwn
        expr: up > 1
"""


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
        found: list[dict[str, Any]] = self._ask("query", query=expression)["result"]
        return found

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules that it has loaded."""
        return [rule for group in self._ask("rules")["groups"] for rule in group["rules"]]

    def _ask(self, path: str, **params: str) -> Any:
        url = f"http://127.0.0.1:{self.stack.environment['PROMETHEUS_PORT']}/api/v1/{path}"
        return httpx2.get(url, params=params, trust_env=False).raise_for_status().json()["data"]

    def remove(self) -> None:
        """End it."""
        self.stack.compose("--profile", "monitoring", "rm", "--stop", "--force", "prometheus")


@pytest.fixture(scope="module")
def monitor(stack: Stack) -> Iterator[Monitor]:
    own = stack.path / "deploy/prometheus/own.rules.yaml"
    own.write_text(OWN)
    monitor = Monitor(stack)
    yield monitor
    monitor.remove()
    own.unlink()


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


def test_every_rule_is_loaded_and_in_order(stack: Stack, monitor: Monitor) -> None:
    written = [
        rule.get("alert") or rule["record"]
        for path in (stack.path / "deploy/prometheus").glob("*.rules.yaml")
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]
    assert "OurOwn" in written
    # Some are looked at every two minutes only.
    eventually(lambda: {rule["health"] for rule in monitor.rules()} == {"ok"}, 150, pause=1)
    assert sorted(rule["name"] for rule in monitor.rules()) == sorted(written)


def test_no_alert_is_raised_for_a_healthy_stack(monitor: Monitor) -> None:
    """None is pending either, once what began with the stack is over."""
    eventually(lambda: not monitor.query(f"ALERTS unless ALERTS{{{SLOW}}}"), SCRAPES, pause=1)


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
