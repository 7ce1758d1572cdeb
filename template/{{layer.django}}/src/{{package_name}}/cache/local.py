"""Django's cache in the process alone: where no server is named, and while one fails."""

from __future__ import annotations

from typing import Any

OPTIONS = {"MAX_ENTRIES": 20_000}  # about 10 MB; then the least recently used go

CONFIGURATION: dict[str, Any] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "OPTIONS": OPTIONS,
}
