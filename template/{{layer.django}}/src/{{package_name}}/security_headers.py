"""Who says what about the security headers: Django's own middleware, or the layers around Django.

Those layers complete every answer (`protection`), also one that Django never saw. They must not
undo what a view, or a setting of Django's, has said.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .protection import HEADERS
from .routes import outer_environ

DECIDED = frozenset({"content-security-policy", "x-frame-options"})


class DecidedMiddleware:
    """Marks what went through Django's own middleware, around which it stands.

    Where that set no policy, a view wanted none (``xframe_options_exempt``, ``csp_override({})``).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve one request."""
        response = self.get_response(request)
        outer_environ(request)["decided"] = DECIDED
        return response


def outer_headers() -> dict[str, str]:
    """Return what the layers outside add to every answer; names in small letters."""
    if not settings.SECURE_HSTS_SECONDS:
        return HEADERS
    transport = f"max-age={settings.SECURE_HSTS_SECONDS}"
    if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS:
        transport += "; includeSubDomains"
    if settings.SECURE_HSTS_PRELOAD:
        transport += "; preload"
    return {**HEADERS, "strict-transport-security": transport}
