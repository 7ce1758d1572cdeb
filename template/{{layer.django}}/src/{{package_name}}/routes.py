"""What every view is spared: HEAD, the length of its answer, and telling which route it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


class RouteMiddleware:
    """The outermost of Django's middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Take HEAD for GET, whose body the server then keeps to itself; measure the answer."""
        # Django writes methods in capitals, but "get" is another one than GET.
        method = request.META["REQUEST_METHOD"]
        request.method = "GET" if method == "HEAD" else method
        response = self.get_response(request)
        if response.status_code == 204:
            del response.headers["Content-Type"]  # nothing is of no type
        elif not response.streaming and response.status_code != 304:
            response.headers["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]
        return response

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Tell the layers outside which route was found."""
        if request.resolver_match is not None:
            tell_route(request, pattern(request.resolver_match.route))
        return None


def tell_route(request: HttpRequest, route: str) -> None:
    """Name the route, for metrics and logs."""
    outer_environ(request)["route"] = route


def outer_environ(request: HttpRequest) -> dict[str, Any]:
    """Return what the layers outside know of a request, and are told (`middleware`)."""
    environ: dict[str, Any] = request.META.get("outer_environ", request.META)
    return environ


@lru_cache(1024)
def pattern(route: str) -> str:
    """Return a route of Django as OpenAPI writes it: ``/things/{id}``."""
    return "/" + PARAMETER.sub(r"{\1}", route)
