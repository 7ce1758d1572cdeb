"""What every route of the API has in common."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from .problem import MEDIA_TYPE
from .problem_models import Fault, Problem, ValidationProblem


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the errors that a route may answer with."""
    return {
        status: {
            "content": {MEDIA_TYPE: {"schema": _schema(status)}},
            "description": "Problem",
        }
        for status in statuses
    }


def _schema(status: int) -> dict[str, Any]:
    """Return what a problem looks like, in one piece: FastAPI knows none of its parts."""
    if status != 422:
        return Problem.model_json_schema()
    schema = ValidationProblem.model_json_schema()
    del schema["$defs"]
    schema["properties"]["errors"]["items"] = Fault.model_json_schema()
    return schema


class JsonRoute(APIRoute):
    """A route that takes JSON and nothing else: another media type gets 415."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Check the media type before FastAPI reads the body."""
        handler = super().get_route_handler()
        if self.body_field is None:
            return handler

        async def checked(request: Request) -> Response:
            media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type != "application/json":
                raise HTTPException(415, "The body must be application/json.")
            return await handler(request)

        return checked
