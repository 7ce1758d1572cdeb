"""The generated service with one route more, which says hello."""

from __future__ import annotations

from bench.app import create_app as create_service
from fastapi import FastAPI, Response


def create_app() -> FastAPI:
    """Build the service (an application factory)."""
    app = create_service()

    @app.get("/hello")
    async def hello() -> Response:
        return Response(b'{"hello":"world"}', media_type="application/json")

    return app
