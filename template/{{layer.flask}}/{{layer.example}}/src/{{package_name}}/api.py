"""The routes of the service: those of `extension`, and the example's."""

from __future__ import annotations

from flask import Flask

from .blog import accounts, login, posts, reports, seed, stats
from .extension import extend


def install_api(app: Flask) -> None:
    """Add the service's routes and commands."""
    extend(app)
    for module in (posts, stats, accounts, login, reports):
        app.register_blueprint(module.blueprint, url_prefix="/api")
    app.cli.add_command(seed.seed_command)
