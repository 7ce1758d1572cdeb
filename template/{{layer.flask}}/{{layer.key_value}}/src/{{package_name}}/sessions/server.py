"""Sessions in a key-value server of their own: it must not evict, and should append to disk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from redis import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from .store import StoreError

TIMEOUT = 1.0  # seconds for one command; a session store that is slower counts as down


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise StoreError(str(error)) from error


class ServerStore:
    """One key per session, and a sorted set of keys per user to end them all at once."""

    def __init__(self, url: str, namespace: str, longest: int) -> None:
        # One retry, at once: a connection that the server closed while idle is no failure.
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=20,
            timeout=TIMEOUT,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 1),
            protocol=2,  # with 3, messages about maintenance may stretch the timeouts
            driver_info=None,
        )
        self._redis = Redis.from_pool(pool)
        self._prefix = namespace
        self._longest = longest  # seconds; no session outlives what names it

    def _session(self, key: str) -> str:
        return f"{self._prefix}:session:{key}"

    def _user(self, user: str) -> str:
        return f"{self._prefix}:sessions-of:{user}"

    def _former(self, user: str) -> str:
        # A plain set, in which services of the template's v0.1.0 noted sessions. It expires, so
        # that it is of use for SESSION_ABSOLUTE_LIFETIME after the update of one, and never else.
        return f"{self._prefix}:user-sessions:{user}"

    def read(self, key: str) -> bytes | None:
        """Return the data of a live session, or ``None``."""
        with _store_errors():
            return cast("bytes | None", self._redis.get(self._session(key)))

    def create(self, key: str, data: bytes, lifetime: int, user: str | None) -> None:
        """Keep a new session for ``lifetime`` seconds, under its user if it has one."""
        with _store_errors(), self._redis.pipeline(transaction=True) as pipe:
            pipe.set(self._session(key), data, ex=lifetime)
            if user is not None:
                now = time.time()
                pipe.zremrangebyscore(self._user(user), 0, now)
                pipe.zadd(self._user(user), {key: now + self._longest})
                pipe.expire(self._user(user), self._longest)
            pipe.execute()

    def update(self, key: str, data: bytes, lifetime: int) -> bool:
        """Replace the data of a live session; ``False`` if it is gone, which it then stays."""
        with _store_errors():
            return bool(self._redis.set(self._session(key), data, ex=lifetime, xx=True))

    def delete(self, key: str, user: str | None) -> None:
        """End a session, of its user if it has one; one that is gone already is no error."""
        with _store_errors(), self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(self._session(key))
            if user is not None:
                pipe.zrem(self._user(user), key)
            pipe.execute()

    def delete_user(self, user: str) -> None:
        """End every session of a user."""
        with _store_errors():
            keys = self._redis.zunion([self._user(user), self._former(user)])
            if not keys:
                return
            with self._redis.pipeline(transaction=True) as pipe:
                pipe.delete(*(self._session(cast("bytes", key).decode()) for key in keys))
                # Not the whole index: a session that began meanwhile lives, and must be found.
                pipe.zrem(self._user(user), *keys)
                pipe.srem(self._former(user), *keys)
                pipe.execute()

    def delete_expired(self) -> int:
        """Do nothing: the server forgets expired keys by itself."""
        return 0

    def ping(self) -> None:
        """Return if the store answers."""
        with _store_errors():
            self._redis.ping()

    def close(self) -> None:
        """Let go of the connections."""
        self._redis.close()
