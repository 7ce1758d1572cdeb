"""What sessions have in common, wherever they are kept.

Django's own stores keep ids as they are, know no absolute lifetime, and ask for two statements
where one is enough.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.dispatch import receiver
from django.http import HttpRequest

from ..config import get_settings
from ..config.sessions import ANONYMOUS_LIFETIME
from ..errors import Unavailable
from .cookie import new_id

log = structlog.get_logger(__name__)

CREATED, RENEWED = "_created", "_renewed"  # when, in seconds since the epoch


class Store(SessionBase):
    """Sessions with hashed ids, a rolling and an absolute lifetime.

    A store has four operations on values by key. Whatever they raise when it is down becomes
    `Unavailable`.
    """

    down: tuple[type[Exception], ...]  # what says that the store does not answer

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._retired: str | None = None  # the id that this session had before

    @abstractmethod
    def read(self, key: str) -> str | None:
        """Return what is kept, unless it has expired."""

    @abstractmethod
    def insert(self, key: str, data: str, lifetime: int) -> None:
        """Keep something new for ``lifetime`` seconds."""

    @abstractmethod
    def replace(self, key: str, data: str, lifetime: int) -> bool:
        """Replace what is kept; ``False`` if it is gone, which it then stays."""

    @abstractmethod
    def remove(self, key: str) -> None:
        """Keep it no longer; it may be gone already."""

    def load(self) -> dict[str, Any]:
        """Return the session's values; an id that is unknown or expired is never adopted."""
        with self._available():
            data = self.read(_key(self.session_key)) if self.session_key else None
        values = self.decode(data) if data is not None else {}
        now = time.time()
        if values.get(CREATED, 0) + get_settings().session_absolute_lifetime <= now:
            self._session_key = None
            return {}
        # Rolling expiry without a write per request: renewed in the second half of its life.
        self._session_cache = values
        self.modified = now - values[RENEWED] > super().get_expiry_age() / 2
        return values

    def save(self, must_create: bool = False) -> None:
        """Write the session, under a new id if it has none.

        Raises:
            UpdateError: when it was ended meanwhile.
        """
        now = int(time.time())
        self.setdefault(CREATED, now)
        self[RENEWED] = now
        data = self.encode(dict(self.items()))
        lifetime = self.get_expiry_age()
        with self._available():
            if self.session_key is not None and not must_create:
                if not self.replace(_key(self.session_key), data, lifetime):
                    raise UpdateError
                return
            self._session_key = session_key = new_id()
            self.insert(_key(session_key), data, lifetime)
            if self._retired:
                self.remove(_key(self._retired))

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
        with self._available():
            for id_ in {session_key} if session_key else {self.session_key, self._retired}:
                if id_:
                    self.remove(_key(id_))

    def exists(self, session_key: str) -> bool:
        """Tell whether there is a session with this id."""
        with self._available():
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

    @contextmanager
    def _available(self) -> Iterator[None]:
        try:
            yield
        except self.down as error:
            log.error("sessions unavailable", exc_info=error)
            raise Unavailable("Sessions are not available.") from error


@receiver(user_logged_in)
def _begin_anew(request: HttpRequest, **_options: Any) -> None:
    # The absolute lifetime counts from the login: `save` notes when.
    request.session.pop(CREATED, None)


def _key(session_id: str) -> str:
    # Keyed, so that whoever reads the store can neither use nor make an id. Django's table takes
    # 40 characters.
    secret = settings.SECRET_KEY.encode()
    return hmac.new(secret, session_id.encode(), hashlib.sha256).hexdigest()[:40]
