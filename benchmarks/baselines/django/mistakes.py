"""The generated service, and beside some of its routes the same with one mistake each."""

from __future__ import annotations

import os
from wsgiref.types import WSGIApplication

from bench import startup
from bench.app import create_app as create_service


def create_app() -> WSGIApplication:
    """Build the service (an application factory)."""
    startup.start_django()
    from bench.api import api
    from mistaken_routes import router

    api.add_router("/api/before", router)
    return create_service()


def create_forgetful_app() -> WSGIApplication:
    """Build the service with mistake 3: its sessions are in the memory of its process."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "forgetful_settings"
    return create_service()
