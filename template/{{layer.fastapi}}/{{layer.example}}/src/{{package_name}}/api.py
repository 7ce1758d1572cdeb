"""The routes of the service: those of `extension`, and the example's."""

from __future__ import annotations

from fastapi import FastAPI

from .blog import accounts, login, posts, reports, stats
from .extension import extend


def install_api(app: FastAPI) -> None:
    """Add the service's routes."""
    extend(app)
    for module in (posts, stats, accounts, login, reports):
        app.include_router(module.router, prefix="/api")
