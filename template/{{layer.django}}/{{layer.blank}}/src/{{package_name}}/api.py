"""The API of the service: add your routers here."""

from __future__ import annotations

from . import health
from .observability import SERVICE
from .service_api import ServiceAPI

api = ServiceAPI(title=SERVICE)
api.add_router("", health.router)
