"""The API of the service: what `extension` adds."""

from __future__ import annotations

from . import health
from .extension import extend
from .observability import SERVICE
from .service_api import ServiceAPI

api = ServiceAPI(title=SERVICE)
extend(api)
api.add_router("", health.router)
