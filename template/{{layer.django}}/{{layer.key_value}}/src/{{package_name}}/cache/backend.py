"""Django's cache on a server that speaks the Redis protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.cache.backends import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ..key_value_pool import FailoverPool
from . import local
from .serialization import Serializer

if TYPE_CHECKING:
    from ..config.stores import StoreSettings

SESSIONS_TIMEOUT = 1.0  # seconds for one command; a session store that is slower counts as down


class ServerCache(redis.RedisCache):
    """Django's own, and one command more."""

    def replace(self, key: str, value: Any, timeout: int) -> bool:
        """Set a key that exists; ``False`` if it does not."""
        client = self._cache.get_client(key, write=True)
        data = Serializer().dumps(value)
        return bool(client.set(self.make_and_validate_key(key), data, ex=timeout, xx=True))


def caches(settings: StoreSettings) -> dict[str, dict[str, Any]]:
    """Return Django's ``CACHES``."""
    configured = {"default": local.CONFIGURATION}
    if settings.cache_url:
        # A failure is told at once: the cache is passed by then.
        configured["default"] = _server(settings.cache_url, settings.cache_timeout, retries=0)
    if settings.session_url:
        # A connection that the server closed while it was idle is no failure.
        configured["sessions"] = _server(settings.session_url, SESSIONS_TIMEOUT, retries=1)
    return configured


def _server(url: str, timeout: float, retries: int) -> dict[str, Any]:
    return {
        "BACKEND": f"{__name__}.{ServerCache.__name__}",
        "LOCATION": [url],
        "KEY_PREFIX": __name__.partition(".")[0],
        "OPTIONS": {
            "serializer": Serializer,
            "pool_class": FailoverPool,
            "socket_timeout": timeout,
            "socket_connect_timeout": timeout,
            "retry": Retry(NoBackoff(), retries),  # by default the client goes on for seconds
            "health_check_interval": 0,  # no extra round trips; a broken connection is replaced
            "protocol": 2,  # no push messages: the server cannot change these timeouts
            "driver_info": None,  # no round trips to introduce the client
        },
    }
