"""What operators ask: is it alive, is it ready, what does it measure, what does it offer."""

from __future__ import annotations

import math
import re
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import pytest

from .deployment import Deployment
from .expect import media_type
from .prometheus import samples, total
from .visitor import Visitor

PATHS = {
    "/api/posts": {"get", "post"},
    "/api/stats": {"get"},
    "/api/accounts": {"post"},
    "/api/session": {"get", "post", "delete"},
    "/api/reports": {"post"},
}


@pytest.fixture
def reachable(deployment: Deployment) -> None:
    """Leave the measurements out where a balancer hides them."""
    if deployment.behind_balancer:
        pytest.skip("/metrics is not reachable through a balancer")


def test_healthz(visitor: Visitor) -> None:
    response = visitor.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "public" not in response.headers.get("cache-control", "")


def test_readyz_names_each_dependency_with_its_state_and_time(
    visitor: Visitor, deployment: Deployment
) -> None:
    response = visitor.get("/readyz")
    assert response.status_code == 200, response.text
    assert "public" not in response.headers.get("cache-control", "")
    answer = response.json()
    assert set(answer) == {"status", "checks"}
    assert answer["status"] == "ready"
    expected = {"database", "cache"} if deployment.shared_cache else {"database"}
    assert expected <= set(answer["checks"])
    for name, check in answer["checks"].items():
        assert set(check) == {"status", "ms"}, name
        assert check["status"] in {"ok", "degraded"}, name
        assert isinstance(check["ms"], int | float)
        assert math.isfinite(check["ms"])
        assert check["ms"] >= 0


@pytest.mark.usefixtures("reachable")
def test_metrics_are_prometheus_text(visitor: Visitor) -> None:
    response = visitor.get("/metrics")
    assert response.status_code == 200
    assert media_type(response) in {"text/plain", "application/openmetrics-text"}
    assert samples(response.text)


@pytest.mark.usefixtures("reachable")
def test_requests_are_counted_and_timed_by_their_route(visitor: Visitor) -> None:
    def count(name: str) -> float:
        return total(visitor.metrics(), name, method="GET", status="404")

    unknown = str(10**12)
    before = count("http_requests_total")
    for _ in range(20):
        assert visitor.get(f"/api/posts/{unknown}").status_code == 404
    assert count("http_requests_total") >= before + 20

    found = samples(visitor.metrics())
    routes = {labels["route"] for name, labels, _ in found if name == "http_requests_total"}
    assert any(re.fullmatch(r"/api/posts/[{<].*[}>]/?", route) for route in routes), routes
    assert {labels.get("le") for name, labels, _ in found if name.endswith("_seconds_bucket")} > {
        "+Inf"
    }
    assert total(visitor.metrics(), "http_request_duration_seconds_count") > 0


@pytest.mark.usefixtures("reachable")
def test_what_a_client_makes_up_becomes_no_label(visitor: Visitor) -> None:
    word = uuid4().hex
    for path in (f"/{word}", f"/api/posts/{word}", f"/api/posts?after={word}"):
        visitor.get(path)
    visitor.request(word[:12].upper().translate(str.maketrans("0123456789", "ABCDEFGHIJ")), "/")
    text = visitor.metrics()
    assert word not in text
    methods = {labels.get("method") for _, labels, _ in samples(text)}
    assert not {method for method in methods if method and len(method) == 12}


@pytest.mark.usefixtures("reachable")
def test_statements_are_counted_by_the_route_that_sent_them(visitor: Visitor) -> None:
    name = "database_statements_per_request"
    route = {"method": "GET", "route": "/api/posts/{post_id}"}
    before = visitor.metrics()
    for number in range(3):
        assert visitor.get(f"/api/posts/{10**12 + number}").status_code == 404
    after = visitor.metrics()
    asked = total(after, f"{name}_count", **route) - total(before, f"{name}_count", **route)
    sent = total(after, f"{name}_sum", **route) - total(before, f"{name}_sum", **route)
    assert asked >= 3
    assert asked <= sent <= 2 * asked


@pytest.mark.usefixtures("reachable")
def test_saturation_and_workers_are_told(visitor: Visitor, deployment: Deployment) -> None:
    text = visitor.metrics()
    assert total(text, "web_workers") == deployment.processes
    assert total(text, "web_worker_starts_total") >= deployment.processes
    sizes, in_use = (
        {labels["pool"]: value for found, labels, value in samples(text) if found == name}
        for name in ("pool_size", "pool_in_use")
    )
    assert sizes["cpu"] > 0
    assert in_use.keys() == sizes.keys()
    for pool, size in sizes.items():
        assert 0 <= in_use[pool] <= size, pool


@pytest.mark.usefixtures("reachable")
def test_a_cache_counts_what_it_did(visitor: Visitor) -> None:
    visitor.get("/api/stats")
    before = total(visitor.metrics(), "cache_requests_total", cache="stats")
    visitor.get("/api/stats")
    text = visitor.metrics()
    assert total(text, "cache_requests_total", cache="stats") >= before + 1
    results = {
        labels["result"] for name, labels, _ in samples(text) if name == "cache_requests_total"
    }
    assert results <= {"hit", "stale", "miss", "bypass", "error"}


def test_metrics_stay_behind_the_balancer(visitor: Visitor, deployment: Deployment) -> None:
    if not deployment.behind_balancer:
        pytest.skip("there is no balancer")
    for path in ("/metrics", "/metrics/", "//metrics", "/%6detrics", "/api/../metrics"):
        response = visitor.get(path)
        assert response.status_code in {400, 403, 404}, path
        assert "http_requests_total" not in response.text


def test_openapi_describes_the_contract(visitor: Visitor) -> None:
    response = visitor.get("/openapi.json")
    assert response.status_code == 200
    assert media_type(response) == "application/json"
    document = response.json()
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert document["info"]["title"]
    for path, methods in PATHS.items():
        assert methods <= set(document["paths"][path]), path
    assert any(re.fullmatch(r"/api/posts/\{\w+\}", path) for path in document["paths"])


def test_openapi_describes_the_errors(visitor: Visitor) -> None:
    document = visitor.get("/openapi.json").json()
    for path, methods in PATHS.items():
        for method in methods:
            responses = document["paths"][path][method]["responses"]
            errors = {
                status: response
                for status, response in responses.items()
                if status == "default" or int(status[0]) >= 4
            }
            assert errors, f"{method} {path} never fails?"
            for status, response in errors.items():
                while "$ref" in response:
                    response = resolve(document, response["$ref"])
                assert set(response["content"]) == {"application/problem+json"}, (path, status)
    created = document["paths"]["/api/posts"]["post"]["responses"]
    assert {"201", "401", "422"} <= set(created)


def resolve(document: dict[str, object], reference: str) -> dict[str, object]:
    """Return the part of the document that a local reference names."""
    part: object = document
    for key in reference.removeprefix("#/").split("/"):
        assert isinstance(part, dict)
        part = part[key]
    assert isinstance(part, dict)
    return part


def test_docs_is_a_page_that_its_own_policy_lets_work(visitor: Visitor) -> None:
    response = visitor.get("/docs")
    assert response.status_code == 200
    assert media_type(response) == "text/html"
    policy = {
        name: set(values)
        for name, *values in map(str.split, response.headers["content-security-policy"].split(";"))
    }
    page = str(response.url)
    for kind, pattern in (
        ("script-src", r"<script[^>]*\bsrc=[\"']?([^\"' >]+)"),
        ("style-src", r"<link[^>]*\bhref=[\"']?([^\"' >]+\.css)"),
    ):
        allowed = policy.get(kind, policy.get("default-src", {"*"}))
        for source in re.findall(pattern, response.text):
            address = urljoin(page, source)
            if urlsplit(address)[:2] == urlsplit(page)[:2]:
                assert "'self'" in allowed, f"{source} is blocked by {kind}"
                assert visitor.get(urlsplit(address).path).status_code == 200, source
            else:
                assert any(
                    part == "*" or address.startswith(part) or urlsplit(address).netloc == part
                    for part in allowed
                ), f"{source} is blocked by {kind}"
