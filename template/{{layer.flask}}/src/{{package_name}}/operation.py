"""What a view takes and answers: checked before it runs, and told to whoever reads the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, get_type_hints

from flask import Response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError, create_model
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from .errors import InvalidRequest

View = Callable[..., ResponseReturnValue]
ApiView = Callable[..., ResponseReturnValue | BaseModel | None]

NOTHING = object()  # sent as the body


@dataclass(frozen=True)
class Operation:
    """What the OpenAPI document tells of a view (`openapi`)."""

    path: type[BaseModel] | None
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    returns: type[BaseModel] | str | None
    status: int
    problems: tuple[int, ...]
    also: Mapping[int, type[BaseModel]]


def operation(
    *,
    returns: type[BaseModel] | str | None = None,
    status: int = 200,
    problems: tuple[int, ...] = (),
    also: Mapping[int, type[BaseModel]] | None = None,
    requires: Callable[[], object] | None = None,
) -> Callable[[ApiView], View]:
    """Check what a view is given, and document it.

    The view's own signature says what it takes: a parameter ``query`` or ``body`` is a pydantic
    model of the query string or of the JSON body; any other one is a part of the path.

    Args:
        returns: what the view answers with: a model, or a media type; None: nothing. The view
            returns an instance of the model, a finished response, or None.
        status: the status of that answer.
        problems: the statuses of the errors that a client may get.
        also: what it may answer besides, by status.
        requires: called when the body has been read, but not judged: raises if the visitor may not
            do this, who then learns nothing else.
    """

    def decorate(view: ApiView) -> View:
        hints = get_type_hints(view, include_extras=True)
        hints.pop("return", None)
        query, body = hints.pop("query", None), hints.pop("body", None)
        parts: dict[str, Any] = {name: (hint, ...) for name, hint in hints.items()}
        path = create_model(f"{view.__name__}_path", **parts) if parts else None

        @wraps(view)
        def checked(**path_arguments: Any) -> ResponseReturnValue:
            arguments: dict[str, Any] = {}
            if path is not None:
                arguments.update(dict(_valid(path, path_arguments, "path")))
            if query is not None:
                arguments["query"] = _valid(query, dict(request.args.items(multi=True)), "query")
            sent = _json() if body is not None else NOTHING
            if requires is not None:
                requires()
            if body is not None:
                arguments["body"] = _valid(body, sent, "body")
            answer = view(**arguments)
            if answer is None and returns is None:
                response = Response(status=status)
                del response.headers["Content-Type"]
                return response
            if isinstance(answer, BaseModel):
                return Response(answer.model_dump_json(), status, mimetype="application/json")
            return answer  # type: ignore[return-value]  # None, by mistake: Flask says so

        checked.operation = Operation(  # type: ignore[attr-defined]
            path, query, body, returns, status, problems, also or {}
        )
        return checked

    return decorate


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """Return what `operation` noted of a view, whatever is wrapped around it."""
    return getattr(view, "operation", None)  # `functools.wraps` takes it along


def _json() -> Any:
    """Return the body, read as JSON and nothing else."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("The body must be application/json.")
    if not request.get_data():
        return NOTHING
    try:
        return request.get_json()
    except (BadRequest, RecursionError):  # the latter: it is nested too deeply
        raise BadRequest("The body is not valid JSON.") from None


def _valid[M: BaseModel](model: type[M], values: Any, place: str) -> M:
    if values is NOTHING:
        raise InvalidRequest([{"loc": [place], "msg": "Field required"}])
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # Only place and message: the rejected input may hold a password.
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidRequest(
            [{"loc": [place, *fault["loc"]], "msg": fault["msg"]} for fault in faults]
        ) from None
