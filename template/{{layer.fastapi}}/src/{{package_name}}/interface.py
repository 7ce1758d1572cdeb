"""How the server runs the application: ASGI, one event loop per worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from granian.constants import Interfaces

if TYPE_CHECKING:
    from .config import Settings


def options(settings: Settings) -> dict[str, Any]:
    """Return what Granian needs to know beyond what all services have in common."""
    return {
        "target": f"{__package__}.app:create_app",
        "interface": Interfaces.ASGI,
        "websockets": settings.websockets,
    }
