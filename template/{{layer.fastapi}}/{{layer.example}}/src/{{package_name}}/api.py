"""The routes of the service: include your routers here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from .blog import accounts, login, posts, reports, stats
from .rate_limit import RateLimiter

if TYPE_CHECKING:
    from .resources import Resources


def install_api(app: FastAPI) -> None:
    """Add the service's routes, and what only they need."""
    resources: Resources = app.state.resources
    app.state.login_limiter = RateLimiter(resources.settings)
    for module in (posts, stats, accounts, login, reports):
        app.include_router(module.router, prefix="/api")
