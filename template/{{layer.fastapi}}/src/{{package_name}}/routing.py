"""What every route of the API has in common."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from .problem import MEDIA_TYPE
from .problem_models import Problem, ValidationProblem


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the errors that a route may answer with."""
    return {
        status: {
            "content": {
                MEDIA_TYPE: {
                    "schema": (ValidationProblem if status == 422 else Problem).model_json_schema(
                        ref_template="#/components/schemas/{model}"
                    )
                }
            },
            "description": "Problem",
        }
        for status in statuses
    }


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
