"""The dashboard of a generated project, as Grafana reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OF_THE_BALANCER = ("haproxy_", "nginx_")  # metrics that only a running balancer has
RATE_INTERVAL = "1m"  # what Grafana makes of it, for a short time


def read(project: Path) -> dict[str, Any]:
    """Return the dashboard."""
    text = (project / "deploy/grafana/dashboards/service.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def expressions(project: Path, *, of_the_balancer: bool) -> Iterator[str]:
    """Yield what its panels ask Prometheus."""
    for panel in read(project)["panels"]:
        for target in panel.get("targets", ()):
            expression = target["expr"].replace("$__rate_interval", RATE_INTERVAL)
            if of_the_balancer == any(name in expression for name in OF_THE_BALANCER):
                yield expression
