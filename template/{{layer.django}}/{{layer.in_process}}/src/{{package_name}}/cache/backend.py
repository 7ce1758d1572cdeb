"""Django's cache in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..config.stores import StoreSettings


def caches(_settings: StoreSettings) -> dict[str, dict[str, Any]]:
    """Return Django's ``CACHES``."""
    return {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
