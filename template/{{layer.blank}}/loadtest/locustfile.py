"""Who uses the service, and how: `poe load` and `locust -f loadtest/locustfile.py` read this.

Users wait for an answer before they go on, and think in between, so the more they wait, the less
they ask. Write classes of your own, with weights and tags (https://docs.locust.io); each endpoint
that they ask for has its name in endpoints.py, and its objectives in slo.toml.
"""

from __future__ import annotations

from locust import between, events, tag, task

from loadtest import plugin
from loadtest.caller import Caller
from loadtest.endpoints import Endpoint
from loadtest.shape import Course  # noqa: F401 - Locust looks for it here

plugin.install(events)


class Prober(Caller):
    """Somebody who asks whether the service lives: replace it by those who use the service."""

    wait_time = between(0.2, 0.8)

    @tag("probe")
    @task
    def alive(self) -> None:
        """Ask for the one route that there is."""
        self.ask(Endpoint.ALIVE, "/healthz", check=lambda body: body["status"] == "ok")
