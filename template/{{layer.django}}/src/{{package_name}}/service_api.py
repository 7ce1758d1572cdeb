"""What every operation of the API has in common: media types, JSON, and how errors are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError, ValidationErrorContext
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.security import SessionAuth
from pydantic.json_schema import models_json_schema

from .errors import not_found, problem_response
from .problem import MEDIA_TYPE
from .problem_models import Problem, ValidationProblem

# Only who is logged in may go on. Django's own token against foreign forms is not asked for: the
# browser itself tells where a request comes from (`protection`).
logged_in = SessionAuth(csrf=False)

SCHEMAS = "#/components/schemas/{model}"

# What the page of the document may load: its script and its style are among the static files.
DOCS_POLICY: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "connect-src": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "img-src": [CSP.SELF, "data:"],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
}


def problems(*statuses: int) -> dict[str, Any]:
    """Document the errors that an operation may answer with (its ``openapi_extra``)."""
    return {"responses": {status: _documented(status) for status in statuses}}


def _documented(status: int) -> dict[str, Any]:
    model = ValidationProblem if status == 422 else Problem
    reference = {"$ref": SCHEMAS.format(model=model.__name__)}
    return {"description": "Problem", "content": {MEDIA_TYPE: {"schema": reference}}}


def to_json(value: object) -> bytes:
    """Serialise an answer; times are RFC 3339 in UTC."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


class JsonParser(Parser):
    """Reads JSON, which `_takes_json` has done already."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return what the body says."""
        return request.parsed_body  # type: ignore[attr-defined]


class JsonRenderer(BaseRenderer):
    """Writes JSON."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """Serialise an answer."""
        return to_json(data)


class ServiceAPI(NinjaAPI):
    """Ninja whose every error is a problem document."""

    def __init__(self, title: str) -> None:
        super().__init__(
            title=title,
            parser=JsonParser(),
            renderer=JsonRenderer(),
            docs_decorator=_document_view,
        )
        self.add_decorator(_takes_json, mode="view")
        self.exception_handler(AuthenticationError)(_not_logged_in)
        self.exception_handler(HttpError)(_http_error)
        self.exception_handler(Http404)(not_found)
        self.exception_handler(ValidationError)(_invalid)

    def get_content_type(self) -> str:
        """Return the media type of answers; JSON has no charset."""
        return "application/json"

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        urls = super()._get_urls()
        # There is nothing at the root, whoever asks; it only tells where the API begins.
        urls[-1].callback.csrf_exempt = True  # type: ignore[union-attr]
        return urls

    def get_openapi_schema(self, **_options: Any) -> OpenAPISchema:
        """Return the OpenAPI document, made once."""
        return self._document

    @cached_property
    def _document(self) -> OpenAPISchema:
        document = super().get_openapi_schema()
        _, definitions = models_json_schema(
            [(Problem, "serialization"), (ValidationProblem, "serialization")],
            ref_template=SCHEMAS,
        )
        document["components"]["schemas"].update(definitions["$defs"])
        return document

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        """Collect what is wrong; a body that is one argument is not named after it."""
        faults = []
        for context in error_contexts:
            error = super().validation_error_from_error_contexts([context])
            named = hasattr(context.model, "__read_from_single_attr__")
            for fault in error.errors:
                source, *place = fault["loc"]
                loc = [source, *(place[1:] if named else place)]
                faults.append({"loc": loc, "msg": fault["msg"]})
        return ValidationError(faults)


def _document_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    return csrf_exempt(require_GET(csp_override(DOCS_POLICY)(view)))


def _takes_json(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse other media types, and what is no JSON, where an operation has a body."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    if not any(model.__ninja_param_source__ == "body" for model in operation.models):
        return run

    @wraps(run)
    def checked(request: HttpRequest, **arguments: Any) -> HttpResponse:
        if (request.content_type or "").lower() != "application/json":
            return problem_response(request, 415, "The body must be application/json.")
        if request.body:
            try:
                request.parsed_body = json.loads(request.body)  # type: ignore[attr-defined]
            except (ValueError, RecursionError):
                return problem_response(request, 400, "The body is not valid JSON.")
        return run(request, **arguments)

    return checked


def _not_logged_in(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return problem_response(request, 401, "Log in first.")


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem_response(request, error.status_code, error.message)


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    # Only place and message: the rejected input may hold a password.
    faults = [{"loc": fault["loc"], "msg": fault["msg"]} for fault in error.errors]
    return problem_response(request, 422, "The request is not valid.", errors=faults)
