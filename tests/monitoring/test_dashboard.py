"""The dashboard is whole, and agrees with what Grafana and Prometheus are told beside it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product
from pathlib import Path

import pytest
import yaml

from matrix import AXES

from . import dashboard

COLUMNS = 24
KINDS = list(product(AXES["framework"], AXES["load_balancer"]))


@pytest.fixture(params=KINDS, ids="-".join)
def project(request: pytest.FixtureRequest, render: Callable[..., Path]) -> Path:
    framework, balancer = request.param
    return render(framework=framework, load_balancer=balancer)


def test_panels_have_places_of_their_own(project: Path) -> None:
    panels = dashboard.read(project)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 15
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] + place["w"] <= COLUMNS for place in places)
    for one, other in combinations(places, 2):
        assert (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        ), f"{one} and {other} overlap"


def test_every_panel_asks_the_datasource_that_there_is(project: Path) -> None:
    told = yaml.safe_load((project / "deploy/grafana/datasources/prometheus.yaml").read_text())
    [source] = told["datasources"]
    for panel in dashboard.read(project)["panels"]:
        assert panel["title"]
        if panel["type"] == "row":
            continue
        assert panel["datasource"] == {"type": source["type"], "uid": source["uid"]}
        assert panel["targets"]
        assert all(target["expr"] and target["legendFormat"] for target in panel["targets"])


def test_grafana_finds_the_files(project: Path) -> None:
    services = yaml.safe_load((project / "compose.yaml").read_text())["services"]
    grafana, prometheus = services["grafana"], services["prometheus"]
    mounts = dict(volume.split(":")[:2] for volume in grafana["volumes"])
    for source in mounts:
        assert any((project / source).iterdir())
    told = yaml.safe_load((project / "deploy/grafana/dashboards/provider.yaml").read_text())
    [provider] = told["providers"]
    assert provider["options"]["path"] == mounts["./deploy/grafana/dashboards"]
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/service.json"
    assert "./deploy/prometheus:/etc/prometheus:ro" in prometheus["volumes"]
    assert "--config.file=/etc/prometheus/prometheus.yaml" in prometheus["command"]


def test_both_are_for_this_machine_and_may_do_little(project: Path) -> None:
    services = yaml.safe_load((project / "compose.yaml").read_text())["services"]
    assert services["prometheus"]["networks"] == ["web", "monitoring"]
    assert services["grafana"]["networks"] == ["monitoring"]
    for name in ("prometheus", "grafana"):
        service = services[name]
        assert service["profiles"] == ["monitoring"]
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"]
        assert not service["user"].startswith("0")
        assert {"mem_limit", "pids_limit", "healthcheck"} <= set(service)
