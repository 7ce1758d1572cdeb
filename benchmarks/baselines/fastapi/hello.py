"""The generated service with one route more, beside the list of posts, which says hello."""

from __future__ import annotations

from bench.app import create_app as create_service
from bench.blog import posts
from fastapi import FastAPI, Response


def create_app() -> FastAPI:
    """Build the service (an application factory)."""

    @posts.router.get("/hello")
    async def hello() -> Response:
        return Response(b'{"hello":"world"}', media_type="application/json")

    # Before the list: found no later than that.
    posts.router.routes.insert(0, posts.router.routes.pop())
    return create_service()
