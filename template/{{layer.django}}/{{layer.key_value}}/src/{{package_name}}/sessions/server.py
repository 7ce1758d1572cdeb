"""Sessions in a key-value server of their own (a ``SESSION_ENGINE``).

The server must not evict, and should append to disk. Every command names one key, so that it may
run in cluster mode, with one shard. None stands in a transaction: when its memory is full, the
server refuses even to remove keys in one.
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from functools import cache
from typing import Any, cast

import structlog
from redis import Redis
from redis.exceptions import RedisError, ResponseError

from ..cache.serialization import Serializer
from ..config import get_settings
from ..key_value_cluster import refuse_several
from ..key_value_pool import open_pool
from .scripts import REPLACE
from .store import Store

log = structlog.get_logger(__name__)

TIMEOUT = 1.0  # seconds for one command; a session store that is slower counts as down
POOL_SIZE = 20  # connections
PREFIX = __name__.partition(".")[0]
INDEX = "anonymous-sessions"  # a sorted set of them, by when they expire
BATCH = 100  # anonymous sessions removed at once, to make room for one

_json = Serializer()
_undead: deque[str] = deque(maxlen=BATCH)  # former keys of sessions that could not be ended yet


class SessionStore(Store):
    """One key per session."""

    down = (RedisError, OSError)

    def ping(self) -> None:
        """Return if the server can be written to. It may be full: removing goes on then."""
        with suppress(ResponseError):  # in no cluster
            refuse_several(_client().cluster("INFO"))
        _client().unlink(_name("ping"))

    def read(self, key: str) -> str | None:
        """Return what is kept, unless it has expired."""
        if _undead:
            self._end_undead()
            if key in _undead:
                return None
        return _loaded(_client().get(_name(key)))

    def insert(self, key: str, data: str, lifetime: int, *, anonymous: bool) -> None:
        """Keep something new for ``lifetime`` seconds; of anonymous ones, not more than a bound."""
        if not anonymous:
            _client().set(_name(key), _json.dumps(data), ex=lifetime)
            return
        now = time.time()
        with _client().pipeline(transaction=False) as pipe:
            # First what names it. If one of them fails, nobody learns of the session.
            pipe.zremrangebyscore(_name(INDEX), 0, now)
            pipe.zadd(_name(INDEX), {key: now + lifetime})
            pipe.zcard(_name(INDEX))
            pipe.set(_name(key), _json.dumps(data), ex=lifetime)
            *_, count, _ = pipe.execute()
        surplus = count - get_settings().anonymous_sessions
        if surplus > 0:
            _make_room(surplus)

    def replace(
        self, key: str, loaded: str, data: str, lifetime: int | None, *, anonymous: bool
    ) -> str | None:
        """Replace what is kept if it is as loaded; return what is kept then."""
        if anonymous and lifetime is not None:
            _client().zadd(_name(INDEX), {key: time.time() + lifetime})
        options: list[str | int] = ["KEEPTTL"] if lifetime is None else ["EX", lifetime]
        values = [_json.dumps(loaded), _json.dumps(data), *options]
        script = _client().register_script(REPLACE)
        return _loaded(script(keys=[_name(key)], args=values))

    def rotate(self, old: str, key: str, data: str, lifetime: int, *, anonymous: bool) -> None:
        """Keep something under a new key, and no longer under the old one.

        When the new one is stored, the login is done. If the old one cannot be removed then, it is
        with the next command.
        """
        self.insert(key, data, lifetime, anonymous=anonymous)
        _undead.append(old)
        self._end_undead()

    def remove(self, key: str) -> None:
        """Keep it no longer; it may be gone already."""
        with _client().pipeline(transaction=False) as pipe:
            pipe.unlink(_name(key))
            pipe.zrem(_name(INDEX), key)
            removed, noted = pipe.execute(raise_on_error=False)
        if isinstance(removed, Exception):
            raise removed
        if isinstance(noted, Exception):  # the session is dead, which is what counts
            log.warning("ended session still noted", error=repr(noted))

    @classmethod
    def clear_expired(cls) -> None:
        """Do nothing: the server forgets by itself."""

    def _end_undead(self) -> None:
        while _undead:
            try:
                key = _undead.popleft()
            except IndexError:  # another thread was quicker
                return
            try:
                self.remove(key)
            except self.down as error:
                log.warning("former session not ended yet", error=repr(error))
                _undead.append(key)
                return


def _make_room(surplus: int) -> None:
    # The session that led here is kept: it must not fail for the sake of others.
    try:
        oldest = _client().zpopmin(_name(INDEX), min(surplus, BATCH))
        with _client().pipeline(transaction=False) as pipe:
            for key, _expires in cast("list[tuple[bytes, float]]", oldest):
                pipe.unlink(_name(key.decode()))
            pipe.execute()
    except SessionStore.down as error:
        log.warning("anonymous sessions not removed", error=repr(error))


@cache
def _client() -> Redis:
    # One retry, at once: a connection that the server closed while idle is no failure.
    url = get_settings().session_url
    return Redis.from_pool(open_pool(url, size=POOL_SIZE, timeout=TIMEOUT, retries=1))


def _name(key: str) -> str:
    return f"{PREFIX}:1:{key}"


def _loaded(data: Any) -> str | None:
    return None if data is None else cast("str", _json.loads(data))
