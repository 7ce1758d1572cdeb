"""The application under the name that Django's own tools look for."""

from .app import create_app

application = create_app()
