"""Sessions in a key-value server of their own: it must not evict, and should append to disk.

Every command names one key, so that the server may run in cluster mode, with one shard. None stands
in a transaction: when its memory is full, the server refuses even to remove keys in one.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import cast

import structlog
from redis import Redis
from redis.exceptions import RedisError, ResponseError

from ..key_value_cluster import refuse_several
from ..key_value_pool import open_pool
from .scripts import REPLACE
from .store import StoreError

log = structlog.get_logger(__name__)

TIMEOUT = 1.0  # seconds for one command; a session store that is slower counts as down
POOL_SIZE = 20  # connections
BATCH = 100  # anonymous sessions removed at once, to make room for one


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise StoreError(str(error)) from error


class ServerStore:
    """One key per session. A sorted set per user names that user's sessions, to end them at once.

    Another set names the anonymous ones, by when they expire: when there are too many, those that
    would be the first to expire are removed.
    """

    def __init__(self, url: str, namespace: str, longest: int, anonymous: int) -> None:
        # One retry, at once: a connection that the server closed while idle is no failure.
        pool = open_pool(url, size=POOL_SIZE, timeout=TIMEOUT, retries=1)
        self._redis = Redis.from_pool(pool)
        self._replace = self._redis.register_script(REPLACE)
        self._prefix = namespace
        self._longest = longest  # seconds; no session outlives what names it
        self._most = anonymous
        # Former ids of sessions that could not be ended yet, and their users.
        self._undead: deque[tuple[str, str | None]] = deque(maxlen=BATCH)

    def _session(self, key: str) -> str:
        return f"{self._prefix}:session:{key}"

    def _user(self, user: str) -> str:
        return f"{self._prefix}:sessions-of:{user}"

    def _former(self, user: str) -> str:
        # A plain set, in which services of the template's v0.1.0 noted sessions. It expires, so
        # that it is of use for SESSION_ABSOLUTE_LIFETIME after the update of one, and never else.
        return f"{self._prefix}:user-sessions:{user}"

    @property
    def _anonymous(self) -> str:
        return f"{self._prefix}:anonymous-sessions"

    def read(self, key: str) -> bytes | None:
        """Return the data of a live session, or ``None``."""
        if self._undead:
            self._end_undead()
            if any(key == former for former, _ in list(self._undead)):
                return None
        with _store_errors():
            return cast("bytes | None", self._redis.get(self._session(key)))

    def create(self, key: str, data: bytes, lifetime: int, user: str | None) -> None:
        """Keep a new session for ``lifetime`` seconds, under its user if it has one."""
        now = time.time()
        index = self._anonymous if user is None else self._user(user)
        expires = now + (lifetime if user is None else self._longest)
        with _store_errors(), self._redis.pipeline(transaction=False) as pipe:
            # First what names it. If one of them fails, nobody learns of the session.
            pipe.zremrangebyscore(index, 0, now)
            pipe.zadd(index, {key: expires})
            pipe.expire(index, self._longest)
            pipe.zcard(index)
            pipe.set(self._session(key), data, ex=lifetime)
            *_, count, _ = pipe.execute()
        if user is None and count > self._most:
            self._make_room(count - self._most)

    def update(
        self, key: str, loaded: bytes, data: bytes, lifetime: int | None, user: str | None
    ) -> bytes | None:
        """Replace the data of a live session if they are as loaded; return what it has then."""
        options = ["KEEPTTL"] if lifetime is None else ["EX", lifetime]
        with _store_errors():
            if user is None and lifetime is not None:
                self._redis.zadd(self._anonymous, {key: time.time() + lifetime})
            held = self._replace(keys=[self._session(key)], args=[loaded, data, *options])
        return cast("bytes | None", held)

    def rotate(
        self,
        old: str,
        owner: str | None,
        key: str,
        data: bytes,
        lifetime: int,
        user: str | None,
    ) -> None:
        """Keep a session under a new key, and end it under the old one.

        When the new one is stored, the login is done. If the old one cannot be ended then, it is
        with the next command.
        """
        self.create(key, data, lifetime, user)
        self._undead.append((old, owner))
        self._end_undead()

    def delete(self, key: str, user: str | None) -> None:
        """End a session, of its user if it has one; one that is gone already is no error."""
        index = self._anonymous if user is None else self._user(user)
        with _store_errors(), self._redis.pipeline(transaction=False) as pipe:
            pipe.unlink(self._session(key))
            pipe.zrem(index, key)
            ended, noted = pipe.execute(raise_on_error=False)
            if isinstance(ended, Exception):
                raise ended
        if isinstance(noted, Exception):  # the session is dead, which is what counts
            log.warning("ended session still noted", error=repr(noted))

    def delete_user(self, user: str) -> None:
        """End every session of a user."""
        with _store_errors():
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.zrange(self._user(user), 0, -1)
                pipe.smembers(self._former(user))
                current, former = pipe.execute()
            if not current and not former:
                return
            with self._redis.pipeline(transaction=False) as pipe:
                for key in {*current, *former}:
                    pipe.unlink(self._session(key.decode()))
                pipe.execute()
                # Only when all are dead; and not the whole index: a session that began in the
                # meantime lives, and must be found.
                if current:
                    pipe.zrem(self._user(user), *current)
                if former:
                    pipe.srem(self._former(user), *former)
                pipe.execute()

    def delete_expired(self) -> int:
        """Do nothing: the server forgets expired keys by itself."""
        return 0

    def ping(self) -> None:
        """Return if the server can be written to. It may be full: removing goes on then."""
        with _store_errors():
            with suppress(ResponseError):  # in no cluster
                refuse_several(self._redis.cluster("INFO"))
            self._redis.unlink(f"{self._prefix}:ping")

    def close(self) -> None:
        """Let go of the connections."""
        self._redis.close()

    def _make_room(self, surplus: int) -> None:
        # The session that led here is kept: it must not fail for the sake of others.
        try:
            with _store_errors():
                oldest = self._redis.zpopmin(self._anonymous, min(surplus, BATCH))
                with self._redis.pipeline(transaction=False) as pipe:
                    for key, _expires in cast("list[tuple[bytes, float]]", oldest):
                        pipe.unlink(self._session(key.decode()))
                    pipe.execute()
        except StoreError as error:
            log.warning("anonymous sessions not removed", error=repr(error))

    def _end_undead(self) -> None:
        while self._undead:
            try:
                key, user = self._undead.popleft()
            except IndexError:  # another thread was quicker
                return
            try:
                self.delete(key, user)
            except StoreError as error:
                log.warning("former session not ended yet", error=repr(error))
                self._undead.append((key, user))
                return
