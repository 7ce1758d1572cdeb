"""Django's cache in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import local

if TYPE_CHECKING:
    from ..config.stores import StoreSettings


def caches(_settings: StoreSettings) -> dict[str, dict[str, Any]]:
    """Return Django's ``CACHES``."""
    return {"default": local.CONFIGURATION}
