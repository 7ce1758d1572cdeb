"""The service does what its OpenAPI document says, whatever it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from http import HTTPMethod
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Err
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from .deployment import Deployment
from .visitor import Visitor

EXAMPLES = 10  # requests of each operation, of each kind
FEW = 3  # of those that hash a password, when nothing is wrong with them

# A report may take seconds: its own tests look at the upper bound, which no document passes.
SHORT, ENDLESS = 1_000, 10**9

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@cache
def operations(base_url: str) -> list[Any]:
    """Return the operations of a service's document.

    Raises:
        InvalidSchema: one of them cannot be read.
    """
    url = f"{base_url.rstrip('/')}/openapi.json"
    config = {"generation": {"with-security-parameters": False}}  # the session is the author's
    document = schemathesis.openapi.from_url(url, config=SchemathesisConfig.from_dict(config))
    found = []
    for result in document.get_all_operations():
        if isinstance(result, Err):
            raise result.err()
        found.append(result.ok())
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes an ``operation`` for each one of the document."""
    # Not by schemathesis.pytest: that reaches into what pytest 9.2 no longer has.
    if "operation" in metafunc.fixturenames:
        cases = [
            pytest.param(operation, mode, id=f"{operation.label}-{mode.value}")
            for operation in operations(metafunc.config.getoption("base_url"))
            for mode in GenerationMode
            # What takes nothing cannot be given anything wrong.
            if mode is GenerationMode.POSITIVE or operation.body or any(operation.iter_parameters())
        ]
        metafunc.parametrize(("operation", "mode"), cases)


def test_no_operation_is_left_out(visitor: Visitor) -> None:
    """None that cannot be read, or that a newer generator passes over."""
    paths = visitor.get("/openapi.json").json()["paths"]
    methods = {method.value for method in HTTPMethod}
    described = {
        f"{key.upper()} {path}"
        for path, item in paths.items()
        for key in item
        if key.upper() in methods
    }
    read = {operation.label for operation in operations(visitor.deployment.base_url)}
    assert read == described


def references(part: Any) -> Iterator[str]:
    """Yield what a part of the document refers to."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for item in part:
            yield from references(item)


def test_what_it_refers_to_is_there(visitor: Visitor) -> None:
    document = visitor.get("/openapi.json").json()
    found = set(references(document))
    assert found
    for reference in found:
        there = document
        for name in reference.removeprefix("#/").split("/"):
            assert name in there, reference
            there = there[name]


def test_every_operation_keeps_its_word(
    operation: Any,
    mode: GenerationMode,
    deployment: Deployment,
    author: Visitor,
) -> None:
    assert author.cookie
    if operation.path == "/metrics" and deployment.behind_balancer:
        pytest.skip("/metrics is not reachable through a balancer")
    # Its operations on the session would change the author's.
    anonymous = operation.path == "/api/session"
    headers = {} if anonymous else {"Cookie": "=".join(author.cookie)}
    hashes = operation.label in ("POST /api/accounts", "POST /api/session")
    few = hashes and mode is GenerationMode.POSITIVE

    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=FEW if few else EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def keeps_its_word(case: Case[Any]) -> None:
        body: Any = case.body
        rounds = body.get("rounds") if isinstance(body, dict) else None
        if isinstance(rounds, int) and SHORT < rounds < ENDLESS:
            case.body = {**body, "rounds": SHORT}
        case.call_and_validate(deployment.base_url, headers=headers, checks=CHECKS)
        Visitor.wrote()

    keeps_its_word()
