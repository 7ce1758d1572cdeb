"""The routes of the service: include your routers here."""

from __future__ import annotations

from fastapi import FastAPI


def install_api(app: FastAPI) -> None:
    """Add the service's routes."""
