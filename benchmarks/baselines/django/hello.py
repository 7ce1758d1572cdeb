"""The generated service with one route more, beside the list of posts, which says hello."""

from __future__ import annotations

from wsgiref.types import WSGIApplication

from bench import startup
from bench.app import create_app as create_service


def create_app() -> WSGIApplication:
    """Build the service (an application factory)."""
    startup.start_django()
    from bench.blog.api import posts
    from django.http import HttpRequest, HttpResponse

    @posts.router.get("/hello")
    def hello(request: HttpRequest) -> HttpResponse:
        return HttpResponse(b'{"hello":"world"}', content_type="application/json")

    return create_service()
