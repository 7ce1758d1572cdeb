"""The routes of the service: register your blueprints here."""

from __future__ import annotations

from flask import Flask


def install_api(app: Flask) -> None:
    """Add the service's routes and commands."""
