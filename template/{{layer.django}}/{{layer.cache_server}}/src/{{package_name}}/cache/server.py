"""The cache server, through Django's cache."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, override

from django.core.cache import cache

from .store import Store

if TYPE_CHECKING:
    from ..config.stores import StoreSettings


def open_store(settings: StoreSettings) -> Store | None:
    """Return the store behind CACHE_URL, not yet connected; None without a URL."""
    return DjangoStore() if settings.cache_url else None


class DjangoStore(Store):
    """``CACHES["default"]``; each thread has connections of its own."""

    @override
    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        found = cache.get_many(keys)
        return [found.get(key) for key in keys]

    @override
    def set_many(self, values: Mapping[str, bytes], ttl: float) -> None:
        cache.set_many(dict(values), math.ceil(ttl))

    @override
    def add(self, key: str, value: bytes, ttl: float) -> bool:
        return cache.add(key, value, math.ceil(ttl))

    @override
    def delete(self, key: str) -> None:
        cache.delete(key)

    @override
    def ping(self) -> None:
        cache.has_key("ping")

    @override
    def close(self) -> None:
        cache.close()
