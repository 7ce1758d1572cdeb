"""Django's cache on a server that speaks the Redis protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis.backoff import NoBackoff
from redis.retry import Retry

from ..key_value_pool import FailoverPool
from . import local
from .serialization import Serializer

if TYPE_CHECKING:
    from ..config.stores import StoreSettings


def caches(settings: StoreSettings) -> dict[str, dict[str, Any]]:
    """Return Django's ``CACHES``."""
    configured = {"default": local.CONFIGURATION}
    if settings.cache_url:
        configured["default"] = _server(settings.cache_url, settings.cache_timeout)
    return configured


def _server(url: str, timeout: float) -> dict[str, Any]:
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": [url],
        "KEY_PREFIX": __name__.partition(".")[0],
        "OPTIONS": {
            "serializer": Serializer,
            "pool_class": FailoverPool,
            "socket_timeout": timeout,
            "socket_connect_timeout": timeout,
            # A failure is told at once, and the cache is bypassed. By default the client goes on
            # for seconds.
            "retry": Retry(NoBackoff(), 0),
            "health_check_interval": 0,  # no extra round trips; a broken connection is replaced
            "protocol": 2,  # no push messages: the server cannot change these timeouts
            "driver_info": None,  # no round trips to introduce the client
        },
    }
