"""The OpenAPI document, put together from what the views say of themselves."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, Literal

import orjson
from apispec import APISpec
from flask import Flask, Response
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from .observability import SERVICE
from .operation import Operation, operation_of
from .problem import MEDIA_TYPE
from .problem_models import Problem, ValidationProblem

VERSION = "0.1.0"  # of the API
OPENAPI = "3.1.0"

PART = re.compile(r"<(?:[^<>:]+:)?([^<>]+)>")  # of a path, as Flask writes it

Schemas = Mapping[tuple[Any, Literal["validation", "serialization"]], dict[str, Any]]


def install_openapi(app: Flask) -> None:
    """Serve the document at ``/openapi.json``; it is made when first asked for."""

    @cache
    def document() -> bytes:
        return orjson.dumps(describe(app))

    @app.get("/openapi.json")
    def openapi() -> Response:
        return Response(document(), mimetype="application/json")


def describe(app: Flask) -> dict[str, Any]:
    """Return the document of every view that has an `operation`."""
    operations = [
        (rule, noted)
        for rule in app.url_map.iter_rules()
        if (noted := operation_of(app.view_functions[rule.endpoint]))
    ]
    schemas, definitions = models_json_schema(
        list(dict.fromkeys(model for _, noted in operations for model in _models(noted))),
        ref_template="#/components/schemas/{model}",
    )
    spec = APISpec(SERVICE, VERSION, OPENAPI)
    for name, schema in definitions["$defs"].items():
        spec.components.schema(name, schema)
    for rule, noted in operations:
        described = {
            "tags": rule.endpoint.split(".")[:-1],
            "operationId": rule.endpoint.replace(".", "_"),
            **_words(app.view_functions[rule.endpoint]),
            "parameters": [*_parameters(noted.path, "path"), *_parameters(noted.query, "query")],
            "responses": dict(_responses(noted, schemas)),
        }
        if noted.body:
            content = {"application/json": {"schema": schemas[noted.body, "validation"]}}
            described["requestBody"] = {"required": True, "content": content}
        for method in _methods(rule):
            spec.path(pattern(rule.rule), operations={method: described})
    return spec.to_dict()


@cache
def pattern(rule: str) -> str:
    """Return the path of a rule with its parts in braces, as documents and metrics have it."""
    return PART.sub(r"{\1}", rule)


def _methods(rule: Rule) -> list[str]:
    return [method.lower() for method in sorted(rule.methods or ()) if method != "HEAD"]


def _models(noted: Operation) -> Iterator[tuple[type[BaseModel], Any]]:
    yield from ((_problem(status), "serialization") for status in noted.problems)
    yield from ((model, "serialization") for model in noted.also.values())
    if noted.body:
        yield noted.body, "validation"
    if noted.returns and not isinstance(noted.returns, str):
        yield noted.returns, "serialization"


def _problem(status: int) -> type[Problem]:
    return ValidationProblem if status == 422 else Problem


def _words(view: Any) -> dict[str, str]:
    """Return what the docstring says: its first line, and the rest."""
    summary, _, description = (inspect.getdoc(view) or "").partition("\n")
    described = {"summary": summary, "description": description.strip()}
    return {name: text for name, text in described.items() if text}


def _parameters(model: type[BaseModel] | None, place: str) -> Iterator[dict[str, Any]]:
    if model is not None:
        schema = model.model_json_schema()
        for name, property_ in schema["properties"].items():
            required = name in schema.get("required", ())
            yield {"name": name, "in": place, "required": required, "schema": property_}


def _responses(noted: Operation, schemas: Schemas) -> Iterator[tuple[str, dict[str, Any]]]:
    answers: dict[int, tuple[str, type[BaseModel] | str | None]] = {
        noted.status: ("application/json", noted.returns),
        **{status: ("application/json", model) for status, model in noted.also.items()},
        **{status: (MEDIA_TYPE, _problem(status)) for status in noted.problems},
    }
    for status, (media_type, model) in sorted(answers.items()):
        response: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        if isinstance(model, str):
            response["content"] = {model: {"schema": {"type": "string"}}}
        elif model is not None:
            response["content"] = {media_type: {"schema": schemas[model, "serialization"]}}
        yield str(status), response
