"""The routes of the service: include your routers here."""

from __future__ import annotations

from fastapi import FastAPI

from .blog import accounts, login, posts, reports, stats


def install_api(app: FastAPI) -> None:
    """Add the service's routes."""
    for module in (posts, stats, accounts, login, reports):
        app.include_router(module.router, prefix="/api")
