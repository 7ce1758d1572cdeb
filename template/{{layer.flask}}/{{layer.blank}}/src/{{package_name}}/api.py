"""The routes of the service: those of `extension`."""

from __future__ import annotations

from flask import Flask

from .extension import extend


def install_api(app: Flask) -> None:
    """Add the service's routes and commands."""
    extend(app)
