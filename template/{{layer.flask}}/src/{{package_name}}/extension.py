"""What is added to the service. This file is yours: updates of the template never touch it."""

from __future__ import annotations

from flask import Flask


def extend(app: Flask) -> None:
    """Add your blueprints, commands, handlers of errors, and what runs before and after requests.

    WSGI middleware put around ``app.wsgi_app`` here runs within the template's. Tables of the
    modules that are imported here are found by `poe makemigration`.
    """
