"""What is added to the service. This file is yours: updates of the template never touch it."""

from __future__ import annotations

from fastapi import FastAPI


def extend(app: FastAPI) -> None:
    """Add your routers, middleware and handlers of errors.

    Your middleware runs within the template's: there is a session, and there are limits. Tables of
    the modules that are imported here are found by `poe makemigration`.
    """
