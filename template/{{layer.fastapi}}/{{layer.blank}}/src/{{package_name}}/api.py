"""The routes of the service: those of `extension`."""

from __future__ import annotations

from fastapi import FastAPI

from .extension import extend


def install_api(app: FastAPI) -> None:
    """Add the service's routes."""
    extend(app)
