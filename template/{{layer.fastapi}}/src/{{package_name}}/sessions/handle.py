"""The session of one request: where it comes from, and how it is written back."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
import secrets
import time
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import orjson
import structlog

from ..config.sessions import ANONYMOUS_LIFETIME
from ..errors import Unavailable
from .session import Session
from .store import StoreError
from .unsaved import STORE_DOWN

if TYPE_CHECKING:
    from ..config import Settings
    from .store import Store

log = structlog.get_logger(__name__)

TRIES = 100  # to write what other processes write, too
# Seconds between two of them: at most so much more after each, up to the longest.
PAUSE, LONGEST_PAUSE = 0.002, 0.05

_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # by session


class SessionHandle:
    """The session of one request, not loaded until somebody asks for it.

    Attributes:
        session_id: the id in the store, or ``None``.
        loaded: the session, once it was asked for.
        cookie: the value that the cookie must take on: an id, or nothing to remove it. ``None``
            leaves it alone.
    """

    def __init__(self, store: Store, settings: Settings, session_id: str | None) -> None:
        self.store = store
        self.session_id = session_id
        self.loaded: Session | None = None
        self.cookie: str | None = None
        self._owner: str | None = None  # the user whose session the store has
        self._raw = b""  # what the store had when it was last asked
        self._failure: StoreError | None = None  # of a save
        self._secret = settings.secret_key.get_secret_value().encode()
        self._lifetime = settings.session_lifetime
        self._absolute = settings.session_absolute_lifetime

    async def load(self) -> Session:
        """Return the session; an id that is unknown or expired is never adopted.

        Raises:
            StoreError: when the store is down.
        """
        if self.loaded is None:
            self.loaded = await self._read() or self._new()
        return self.loaded

    async def save(self) -> None:
        """Write what changed, and what is due for renewal.

        Raises:
            StoreError: when the store is down, or was when this request last tried: to wait for it
                twice would take too long.
        """
        session = self.loaded
        if session is None:
            return
        if self._failure is not None:
            raise self._failure
        try:
            await self._save(session)
        except StoreError as error:
            self._failure = error
            raise
        session.saved()

    async def _save(self, session: Session) -> None:
        if session.ended:
            await self._end()
        elif session.rotated or (session.modified and self.session_id is None):
            await self._begin(session)
        elif self.session_id and (session.modified or self.renewal_due):
            await self._update(session, self.session_id)

    @property
    def renewal_due(self) -> bool:
        """Whether the idle timeout begins again: in the second half, so that few visits write."""
        session = self.loaded
        if session is None or self.session_id is None:
            return False
        return time.time() - session.renewed > self._rolling(session) / 2

    def lifetime(self) -> int:
        """Return how many seconds the session has, if nobody comes back."""
        session = self.loaded or self._new()
        left = session.created + self._absolute - int(time.time())
        return max(1, min(self._rolling(session), left))

    async def _end(self) -> None:
        if self.session_id:
            await self.store.delete(self._key(self.session_id), self._owner)
        self.session_id, self.cookie = None, ""

    async def _begin(self, session: Session) -> None:
        old, new = self.session_id, secrets.token_urlsafe(32)
        session.renewed = int(time.time())
        raw = session.dump(secrets.token_hex(4))
        if old:
            await self.store.rotate(
                self._key(old), self._owner, self._key(new), raw, self.lifetime(), session.user
            )
        else:
            await self.store.create(self._key(new), raw, self.lifetime(), session.user)
        self._owner, self._raw = session.user, raw
        self.session_id = self.cookie = new

    async def _update(self, session: Session, session_id: str) -> None:
        renewal = self.renewal_due
        if await self._write(session, session_id, renewal):
            return
        # Other requests change the session, too. Those of this process take turns.
        async with _turns.setdefault(session_id, asyncio.Lock()):
            for number in range(TRIES):
                if await self._write(session, session_id, renewal):
                    return
                await asyncio.sleep(random.uniform(0, min(number * PAUSE, LONGEST_PAUSE)))
        raise StoreError(f"other requests changed the session {TRIES} times")

    async def _write(self, session: Session, session_id: str, renewal: bool) -> bool:
        """Write the session, unless another request has: then take over what it has written."""
        if renewal:
            session.renewed = int(time.time())
        raw = session.dump(secrets.token_hex(4))
        lifetime = self.lifetime() if renewal else None
        held = await self.store.update(
            self._key(session_id), self._raw, raw, lifetime, session.user
        )
        if held is None:
            # Ended by another request: it stays so. The browser may have a newer id by now, from a
            # login: it keeps what it has.
            return True
        if held != raw:
            session.rebase(self._raw, held)
            self._raw = held
            return False
        self._raw = raw
        if renewal:
            self.cookie = session_id
        return True

    async def _save_now(self) -> None:
        try:
            await self.save()
        except StoreError as error:
            log.error("session not saved", exc_info=error)
            raise Unavailable(STORE_DOWN) from error

    async def _read(self) -> Session | None:
        if self.session_id is None:
            return None
        raw = await self.store.read(self._key(self.session_id))
        now = int(time.time())
        record = orjson.loads(raw) if raw else None
        if raw is None or record is None or record["created"] + self._absolute <= now:
            self.session_id = None
            return None
        self._owner, self._raw = record["user"], raw
        return Session(
            record["data"],
            user=record["user"],
            created=record["created"],
            renewed=record["renewed"],
            save=self._save_now,
        )

    def _rolling(self, session: Session) -> int:
        return self._lifetime if session.user else min(self._lifetime, ANONYMOUS_LIFETIME)

    def _new(self) -> Session:
        now = int(time.time())
        return Session({}, user=None, created=now, renewed=now, save=self._save_now)

    def _key(self, session_id: str) -> str:
        # Keyed, so that a reader of the store can neither use nor make an id.
        return hmac.new(self._secret, session_id.encode(), hashlib.sha256).hexdigest()
