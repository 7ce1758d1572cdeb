"""One visitor's session, as a request sees it: ``flask.session``."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypedDict, cast

import orjson
import structlog
from flask import session
from flask.sessions import SessionMixin

from ..config.sessions import ANONYMOUS_LIFETIME
from ..errors import Unavailable
from .store import StoreError

if TYPE_CHECKING:
    from ..config import Settings
    from .store import Store


log = structlog.get_logger(__name__)

STORE_DOWN = "Sessions are not available."


class Record(TypedDict):
    """What the store keeps; times in seconds since the epoch."""

    data: dict[str, Any]
    user: str | None
    created: int
    renewed: int


class ServerSession(SessionMixin):
    """Values that stay with a visitor: loaded when first used, written if they changed.

    They are what JSON can express. As in any session of Flask, a change inside of a value is not
    noticed: set ``modified`` then. Whatever uses a session raises `Unavailable` when the store is
    down.
    """

    modified = False

    def __init__(self, store: Store, settings: Settings, session_id: str | None) -> None:
        """Take the id from the cookie; one that is unknown or expired is never adopted."""
        self._store = store
        self._settings = settings
        self._id = session_id
        self._owner: str | None = None  # the user whose session the store has
        self._record: Record | None = None
        self._rotated = False
        self._ended = False

    @property
    def loaded(self) -> bool:
        """Tell whether anybody has used the session."""
        return self._record is not None

    @property
    def user(self) -> str | None:
        """Whom the session belongs to since it was logged in, or ``None``."""
        return self._load()["user"]

    def log_in(self, user: str) -> None:
        """Make the session the user's, under a new id: one that was planted is worth nothing.

        The absolute lifetime begins anew. What was kept for another user is dropped.
        """
        record = self._load()
        if record["user"] not in (None, user):
            record["data"].clear()
        record["user"], record["created"] = user, int(time.time())
        self.modified = self._rotated = True

    def end(self) -> None:
        """Forget everything: the id is dead on every replica."""
        self._record = self._new()
        self.modified = self._ended = True

    def save(self) -> str | None:
        """Write what changed; return the value that the cookie must take on, or ``None``.

        An empty value asks for the cookie's removal.

        Raises:
            StoreError: when the store is down.
        """
        if self._record is None or not self.modified:
            return None
        old = self._id
        if self._ended:
            if old:
                self._store.delete(self._key(old), self._owner)
            return ""
        self._record["renewed"] = int(time.time())
        data, lifetime = orjson.dumps(self._record), self.lifetime()
        if old and not self._rotated:
            # A session that was ended meanwhile stays so: only a live one is replaced. The browser
            # may have a newer id by now, from a login: it keeps what it has.
            alive = self._store.update(self._key(old), data, lifetime)
            return old if alive else None
        self._id = secrets.token_urlsafe(32)
        self._store.create(self._key(self._id), data, lifetime, self._record["user"])
        if old:
            self._store.delete(self._key(old), self._owner)
        return self._id

    def lifetime(self) -> int:
        """Return how many seconds the session has, if nobody comes back."""
        record = self._load()
        left = record["created"] + self._settings.session_absolute_lifetime - int(time.time())
        return max(1, min(self._rolling(record), left))

    def __getitem__(self, name: str) -> Any:
        return self._load()["data"][name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._load()["data"][name] = value
        self.modified = True

    def __delitem__(self, name: str) -> None:
        del self._load()["data"][name]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._load()["data"])

    def __len__(self) -> int:
        return len(self._load()["data"])

    def _load(self) -> Record:
        if self._record is None:
            self._record = self._read() or self._new()
        return self._record

    def _read(self) -> Record | None:
        if self._id is None:
            return None
        try:
            raw = self._store.read(self._key(self._id))
        except StoreError as error:
            log.error("session not loaded", exc_info=error)
            raise Unavailable(STORE_DOWN) from error
        record: Record | None = orjson.loads(raw) if raw else None
        now = int(time.time())
        if record is None or record["created"] + self._settings.session_absolute_lifetime <= now:
            self._id = None
            return None
        self._owner = record["user"]
        # Rolling expiry without a write per request: renewed in the second half of its life.
        self.modified = now - record["renewed"] > self._rolling(record) / 2
        return record

    def _rolling(self, record: Record) -> int:
        lifetime = self._settings.session_lifetime
        return lifetime if record["user"] else min(lifetime, ANONYMOUS_LIFETIME)

    def _new(self) -> Record:
        now = int(time.time())
        return {"data": {}, "user": None, "created": now, "renewed": now}

    def _key(self, session_id: str) -> str:
        # Keyed, so that whoever reads the store can neither use nor make an id.
        secret = self._settings.secret_key.get_secret_value().encode()
        return hmac.new(secret, session_id.encode(), hashlib.sha256).hexdigest()


def current_session() -> ServerSession:
    """Return ``flask.session`` as what it is here."""
    return cast("ServerSession", session)
