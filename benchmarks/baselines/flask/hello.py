"""The generated service with one route more, beside the list of posts, which says hello."""

from __future__ import annotations

from bench.app import Service
from bench.app import create_app as create_service
from bench.blog import posts
from flask import Response


def create_app() -> Service:
    """Build the service (an application factory)."""

    @posts.blueprint.get("/hello")
    def hello() -> Response:
        return Response(b'{"hello":"world"}', mimetype="application/json")

    return create_service()
