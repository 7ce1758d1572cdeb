"""Mistake 4: a service that leaves its errors to the framework."""

from __future__ import annotations

import json
from typing import NoReturn

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path


def crash(_request: HttpRequest) -> NoReturn:
    """Fail as nobody has foreseen."""
    raise RuntimeError("nobody has foreseen this")


def log_in(request: HttpRequest) -> JsonResponse:
    """Take a body, which may be malformed."""
    return JsonResponse({"email": json.loads(request.body)["email"]})


urlpatterns = [path("api/before/crash", crash), path("api/session", log_in)]
settings.configure(ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__)
app = get_wsgi_application()
