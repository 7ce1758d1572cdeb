"""What sessions have in common, wherever they are kept.

Django's own stores keep ids as they are, know no absolute lifetime, and ask for two statements
where one is enough.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import secrets
import threading
import time
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakValueDictionary

import structlog
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest

from ..config import get_settings
from ..config.sessions import ANONYMOUS_LIFETIME
from ..database import lend_connection
from ..errors import Unavailable
from .changes import Changes
from .cookie import new_id
from .unsaved import STORE_DOWN

log = structlog.get_logger(__name__)

CREATED, RENEWED = "_created", "_renewed"  # when, in seconds since the epoch
WRITE = "_write"  # names the write, which tells it from others of the same values
TRIES = 100  # to write what other processes write, too
# Seconds between two of them: at most so much more after each, up to the longest.
PAUSE, LONGEST_PAUSE = 0.002, 0.05

_turns: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()  # by session


class Store(SessionBase):
    """Sessions with hashed ids, a rolling and an absolute lifetime.

    Requests of one session at the same time keep each other's changes: those of different names,
    and all that `increment` adds. When two set the same name, the last one wins.

    A store has five operations on values by key. Whatever they raise when it is down becomes
    `Unavailable`.

    Attributes:
        cookie_due: whether the browser has to get the cookie, again or for the first time.
    """

    down: tuple[type[Exception], ...]  # what says that the store does not answer

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.cookie_due = False
        self._retired: str | None = None  # the id that this session had before
        self._raw = ""  # what the store had when it was last asked
        self._added: dict[str, int] = {}
        self._expiry_set = False

    @abstractmethod
    def ping(self) -> None:
        """Return if the store can do its work."""

    @abstractmethod
    def read(self, key: str) -> str | None:
        """Return what is kept, unless it has expired."""

    @abstractmethod
    def insert(self, key: str, data: str, lifetime: int, *, anonymous: bool) -> None:
        """Keep something new for ``lifetime`` seconds; of anonymous ones, not more than a bound."""

    @abstractmethod
    def replace(
        self, key: str, loaded: str, data: str, lifetime: int | None, *, anonymous: bool
    ) -> str | None:
        """Replace what is kept if it still is what was loaded.

        Args:
            loaded: what was kept.
            data: what shall be kept: no other write has the same characters.
            lifetime: seconds from now on, or ``None`` to leave it as it is.

        Returns:
            ``data``, or what is kept instead: ``None`` if it is gone, which it then stays.
        """

    @abstractmethod
    def rotate(self, old: str, key: str, data: str, lifetime: int, *, anonymous: bool) -> None:
        """Keep something under a new key, as `insert` does, and no longer under the old one."""

    @abstractmethod
    def remove(self, key: str) -> None:
        """Keep it no longer; it may be gone already."""

    def load(self) -> dict[str, Any]:
        """Return the session's values; an id that is unknown or expired is never adopted."""
        with self._logged():
            data = self.read(_key(self.session_key)) if self.session_key else None
        values = self.decode(data) if data is not None else {}
        now = time.time()
        if values.get(CREATED, 0) + get_settings().session_absolute_lifetime <= now:
            self._session_key = None
            return {}
        self._session_cache, self._raw = values, data or ""
        return values

    def increment(self, name: str, amount: int = 1) -> int:
        """Add to a counter, which begins at 0; return its value.

        Requests at the same time all count. Those that must not get the same number call `save`
        before they read it.
        """
        value = int(self.get(name, 0)) + amount
        self[name] = value
        self._added[name] = self._added.get(name, 0) + amount
        return value

    def save(self, must_create: bool = False) -> None:
        """Write the session now, under a new id if it has none.

        Without this call it is written after the view, whose work is done by then.

        Raises:
            Unavailable: when the store is down.
        """
        with self._logged():
            self.write_back(must_create)

    def write_back(self, must_create: bool = False) -> None:
        """Write the session as `save` does, and log nothing."""
        self.keys()  # loads it, while its id is known
        with self._available():
            if must_create or self.session_key is None:
                self._begin()
            else:
                self._update(self.session_key)
        self._added.clear()
        self._expiry_set = self.modified = False

    @property
    def renewal_due(self) -> bool:
        """Whether the idle timeout begins again: in the second half, so that few visits write."""
        if self.session_key is None or RENEWED not in self:
            return False
        return bool(time.time() - self[RENEWED] > super().get_expiry_age() / 2)

    def set_expiry(self, value: Any) -> None:
        """Give this session an idle timeout of its own, from now on."""
        super().set_expiry(value)
        self._expiry_set = True

    def create(self) -> None:
        """Write a session under a new id."""
        self.save(must_create=True)

    def cycle_key(self) -> None:
        """Have the session saved under a new id; the old one is dead then."""
        self.keys()  # loads it, while its id is known
        self._retired = self.session_key or self._retired
        self._session_key = None
        self.modified = True

    def delete(self, session_key: str | None = None) -> None:
        """End a session, by default this one."""
        with self._logged():
            for id_ in {session_key} if session_key else {self.session_key, self._retired}:
                if id_:
                    self.remove(_key(id_))

    def exists(self, session_key: str) -> bool:
        """Tell whether there is a session with this id."""
        with self._logged():
            return self.read(_key(session_key)) is not None

    def get_expiry_age(self, **options: Any) -> int:
        """Return how many seconds the session has, if nobody comes back.

        That is the rolling lifetime, or what `set_expiry` has said; never more than the absolute
        lifetime leaves.
        """
        limits = get_settings()
        ends = self.get(CREATED, time.time()) + limits.session_absolute_lifetime
        return max(1, min(super().get_expiry_age(**options), int(ends - time.time())))

    def get_session_cookie_age(self) -> int:
        """Return how many seconds a session has without a visit, unless `set_expiry` says else."""
        age = super().get_session_cookie_age()
        return age if SESSION_KEY in self else min(age, ANONYMOUS_LIFETIME)

    def _begin(self) -> None:
        now = int(time.time())
        values = self._session_cache
        values.setdefault(CREATED, now)
        values[RENEWED] = now
        new, data, lifetime = new_id(), self._encoded(), self.get_expiry_age()
        if self._retired:
            old = _key(self._retired)
            self.rotate(old, _key(new), data, lifetime, anonymous=self._anonymous)
        else:
            self.insert(_key(new), data, lifetime, anonymous=self._anonymous)
        self._session_key, self._retired, self._raw = new, None, data
        self.cookie_due = True

    def _update(self, session_id: str) -> None:
        renewal = self._expiry_set or self.renewal_due
        if self._write(session_id, renewal):
            return
        # Other requests change the session, too. Those of this process take turns.
        lend_connection()
        with _turns.setdefault(session_id, threading.Lock()):
            for number in range(TRIES):
                if self._write(session_id, renewal):
                    return
                time.sleep(random.uniform(0, min(number * PAUSE, LONGEST_PAUSE)))
        raise Unavailable(STORE_DOWN)

    def _write(self, session_id: str, renewal: bool) -> bool:
        """Write the session, unless another request has: then take over what it has written."""
        if renewal:
            self._session_cache[RENEWED] = int(time.time())
        data = self._encoded()
        lifetime = self.get_expiry_age() if renewal else None
        held = self.replace(_key(session_id), self._raw, data, lifetime, anonymous=self._anonymous)
        if held is None:
            # Ended by another request: it stays so. The browser may have a newer id by now, from a
            # login: it keeps what it has.
            return True
        if held != data:
            self._rebase(held)
            return False
        self._raw = data
        self.cookie_due |= renewal
        return True

    def _rebase(self, held: str) -> None:
        """Make the changes of this request to what another one has written."""
        changes = Changes.between(self.decode(self._raw), self._session_cache, self._added)
        values = self.decode(held)
        changes.apply(values)
        self._session_cache, self._raw = values, held

    def _encoded(self) -> str:
        return self.encode({**self._session_cache, WRITE: secrets.token_hex(4)})

    @property
    def _anonymous(self) -> bool:
        return SESSION_KEY not in self

    @contextmanager
    def _logged(self) -> Iterator[None]:
        try:
            with self._available():
                yield
        except Unavailable as error:
            log.error("sessions unavailable", exc_info=error)
            raise

    @contextmanager
    def _available(self) -> Iterator[None]:
        try:
            yield
        except self.down as error:
            raise Unavailable(STORE_DOWN) from error


@receiver(user_logged_in)
def _log_in(request: HttpRequest, **_options: Any) -> None:
    """Store the session before the login is promised.

    The absolute lifetime counts from here: `save` notes when.
    """
    session = request.session
    session.pop(CREATED, None)
    if session.session_key is not None:
        session.cycle_key()  # a second login changes the id, too
    session.save()


def _key(session_id: str) -> str:
    # Keyed, so that a reader of the store can neither use nor make an id. Django's table takes
    # 40 characters.
    secret = settings.SECRET_KEY.encode()
    return hmac.new(secret, session_id.encode(), hashlib.sha256).hexdigest()[:40]
