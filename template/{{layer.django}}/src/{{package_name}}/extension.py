"""What is added to the service. This file is yours: updates of the template never touch it."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI

# Pages beside the API.
urlpatterns: list[URLPattern | URLResolver] = []


def extend(api: NinjaAPI) -> None:
    """Add your routers to the API."""
