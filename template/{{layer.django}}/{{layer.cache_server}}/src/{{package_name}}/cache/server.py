"""The cache server, through Django's cache."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, override

from django.core.cache import BaseCache, CacheHandler

from .backend import caches
from .store import Store

if TYPE_CHECKING:
    from ..config.stores import StoreSettings

NAMESPACE = "answers"  # within the prefix that the keys of Django's cache have


def open_store(settings: StoreSettings) -> Store | None:
    """Return the store behind CACHE_URL, not yet connected; None without a URL."""
    if not settings.cache_url:
        return None
    return DjangoStore(CacheHandler(caches(settings)))


class DjangoStore(Store):
    """The default one of Django's caches; each thread has a connection of its own."""

    def __init__(self, handler: CacheHandler) -> None:
        self._handler = handler

    @override
    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        found = self._cache.get_many(keys)
        return [found.get(key) for key in keys]

    @override
    def set_many(self, values: Mapping[str, bytes], ttl: float) -> None:
        self._cache.set_many(dict(values), math.ceil(ttl))

    @override
    def add(self, key: str, value: bytes, ttl: float) -> bool:
        return self._cache.add(key, value, math.ceil(ttl))

    @override
    def delete(self, key: str) -> None:
        self._cache.delete(key)

    @override
    def ping(self) -> None:
        self._cache.has_key("ping")

    @override
    def close(self) -> None:
        self._cache.close()

    @property
    def _cache(self) -> BaseCache:
        return self._handler["default"]
