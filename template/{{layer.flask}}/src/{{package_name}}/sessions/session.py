"""One visitor's session, as a request sees it: ``flask.session``."""

from __future__ import annotations

import hashlib
import hmac
import random
import secrets
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, cast
from weakref import WeakValueDictionary

import orjson
import structlog
from flask import session
from flask.sessions import SessionMixin

from ..config.sessions import ANONYMOUS_LIFETIME
from ..errors import Unavailable
from .changes import Changes
from .store import StoreError
from .unsaved import STORE_DOWN

if TYPE_CHECKING:
    from ..config import Settings
    from .store import Store


log = structlog.get_logger(__name__)

TRIES = 100  # to write what other processes write, too
# Seconds between two of them: at most so much more after each, up to the longest.
PAUSE, LONGEST_PAUSE = 0.002, 0.05

_turns: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()  # by session


class Record(TypedDict):
    """What the store keeps; times in seconds since the epoch."""

    data: dict[str, Any]
    user: str | None
    created: int
    renewed: int  # when the idle timeout last began
    write: NotRequired[str]  # names the write, which tells it from others of the same values


class ServerSession(SessionMixin):
    """Values that stay with a visitor: loaded when first used, written if they changed.

    They are what JSON can express. As in any session of Flask, a change inside of a value is not
    noticed: set ``modified`` then. Whatever uses a session raises `Unavailable` when the store is
    down.

    Requests of one session at the same time keep each other's changes: those of different names,
    and all that `increment` adds. When two set the same name, the last one wins.

    Attributes:
        modified: whether the request has changed it since it was loaded or saved.
        cookie: the value that the cookie must take on: an id, or nothing to remove it. ``None``
            leaves it alone.
    """

    modified = False
    cookie: str | None = None

    def __init__(self, store: Store, settings: Settings, session_id: str | None) -> None:
        """Take the id from the cookie; one that is unknown or expired is never adopted."""
        self._store = store
        self._settings = settings
        self._id = session_id
        self._owner: str | None = None  # the user whose session the store has
        self._record: Record | None = None
        self._raw = b""  # what the store had when it was last asked
        self._added: dict[str, int] = {}
        self._rotated = False
        self._ended = False
        self._failure: StoreError | None = None  # of a save

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

    def increment(self, name: str, amount: int = 1) -> int:
        """Add to a counter, which begins at 0; return its value.

        Requests at the same time all count. Those that must not get the same number call `save`
        before they read it.
        """
        values = self._load()["data"]
        values[name] = values.get(name, 0) + amount
        self._added[name] = self._added.get(name, 0) + amount
        self.modified = True
        return int(values[name])

    def save(self) -> None:
        """Write the changes now, for a request that must not go on without.

        Without this call they are written after the route, whose work is done by then.

        Raises:
            Unavailable: when the store is down.
        """
        try:
            self.write_back()
        except StoreError as error:
            log.error("session not saved", exc_info=error)
            raise Unavailable(STORE_DOWN) from error

    def write_back(self) -> None:
        """Write what changed, and what is due for renewal.

        Raises:
            StoreError: when the store is down, or was when this request last tried: to wait for it
                twice would take too long.
        """
        record = self._record
        if record is None:
            return
        if self._failure is not None:
            raise self._failure
        try:
            self._save(record)
        except StoreError as error:
            self._failure = error
            raise
        self._added.clear()
        self.modified = self._rotated = False

    def _save(self, record: Record) -> None:
        if self._ended:
            self._finish()
        elif self._rotated or (self.modified and self._id is None):
            self._begin(record)
        elif self._id and (self.modified or self.renewal_due):
            self._update(self._id)

    @property
    def renewal_due(self) -> bool:
        """Whether the idle timeout begins again: in the second half, so that few visits write."""
        record = self._load()
        return self._id is not None and time.time() - record["renewed"] > self._rolling(record) / 2

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
        ends = record["created"] + self._settings.session_absolute_lifetime if record else 0
        if raw is None or record is None or ends <= int(time.time()):
            self._id = None
            return None
        self._owner, self._raw = record["user"], raw
        return record

    def _finish(self) -> None:
        if self._id:
            self._store.delete(self._key(self._id), self._owner)
        self._id, self.cookie = None, ""

    def _begin(self, record: Record) -> None:
        old, new = self._id, secrets.token_urlsafe(32)
        record["renewed"] = int(time.time())
        raw, lifetime, user = _dump(record), self.lifetime(), record["user"]
        if old:
            self._store.rotate(self._key(old), self._owner, self._key(new), raw, lifetime, user)
        else:
            self._store.create(self._key(new), raw, lifetime, user)
        self._owner, self._raw = user, raw
        self._id = self.cookie = new

    def _update(self, session_id: str) -> None:
        renewal = self.renewal_due
        if self._write(session_id, renewal):
            return
        # Other requests change the session, too. Those of this process take turns.
        with _turns.setdefault(session_id, threading.Lock()):
            for number in range(TRIES):
                if self._write(session_id, renewal):
                    return
                time.sleep(random.uniform(0, min(number * PAUSE, LONGEST_PAUSE)))
        raise StoreError(f"other requests changed the session {TRIES} times")

    def _write(self, session_id: str, renewal: bool) -> bool:
        """Write the session, unless another request has: then take over what it has written."""
        record = self._load()
        if renewal:
            record["renewed"] = int(time.time())
        raw = _dump(record)
        lifetime = self.lifetime() if renewal else None
        held = self._store.update(self._key(session_id), self._raw, raw, lifetime, record["user"])
        if held is None:
            # Ended by another request: it stays so. The browser may have a newer id by now, from a
            # login: it keeps what it has.
            return True
        if held != raw:
            self._record = self._rebased(record, held)
            self._raw = held
            return False
        self._raw = raw
        if renewal:
            self.cookie = session_id
        return True

    def _rebased(self, record: Record, held: bytes) -> Record:
        """Return what another request has written, with the changes of this one."""
        changes = Changes.between(orjson.loads(self._raw)["data"], record["data"], self._added)
        newer: Record = orjson.loads(held)
        changes.apply(newer["data"])
        return newer

    def _rolling(self, record: Record) -> int:
        lifetime = self._settings.session_lifetime
        return lifetime if record["user"] else min(lifetime, ANONYMOUS_LIFETIME)

    def _new(self) -> Record:
        now = int(time.time())
        return {"data": {}, "user": None, "created": now, "renewed": now}

    def _key(self, session_id: str) -> str:
        # Keyed, so that a reader of the store can neither use nor make an id.
        secret = self._settings.secret_key.get_secret_value().encode()
        return hmac.new(secret, session_id.encode(), hashlib.sha256).hexdigest()


def _dump(record: Record) -> bytes:
    return orjson.dumps({**record, "write": secrets.token_hex(4)})


def current_session() -> ServerSession:
    """Return ``flask.session`` as what it is here."""
    return cast("ServerSession", session)
