"""The API of the service: what `extension` adds, and the example."""

from __future__ import annotations

from . import health
from .blog.api import accounts, posts, reports, session, stats
from .extension import extend
from .observability import SERVICE
from .service_api import ServiceAPI

api = ServiceAPI(title=SERVICE)
extend(api)
for module in (posts, stats, accounts, session, reports):
    api.add_router("/api", module.router)
api.add_router("", health.router)
