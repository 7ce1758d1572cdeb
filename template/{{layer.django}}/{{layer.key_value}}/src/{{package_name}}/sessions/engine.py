"""Where sessions live: in their server, or in the database while none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..config.stores import StoreSettings


def engine(settings: StoreSettings) -> str:
    """Return the ``SESSION_ENGINE``."""
    return f"{__package__}.{'server' if settings.session_url else 'database'}"
