"""What keeps the service from starting with its stores."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from redis import Redis
from redis.exceptions import RedisError

from .key_value_cluster import SeveralShardsError, refuse_several

if TYPE_CHECKING:
    from .config import Settings

TIMEOUT = 1.0  # seconds


def check_stores(settings: Settings) -> None:
    """Return unless a store can never work; one that does not answer may do so later.

    Raises:
        SystemExit: with one sentence.
    """
    if not settings.session_url:
        return
    client: Redis = Redis.from_url(
        settings.session_url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
    )
    with client, suppress(RedisError, OSError):
        try:
            refuse_several(client.cluster("INFO"))
        except SeveralShardsError as error:
            raise SystemExit(f"SESSION_URL cannot be used: {error}; use one server") from None
