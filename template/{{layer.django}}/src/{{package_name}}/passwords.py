"""Password hashes (Argon2id): one takes longer than many requests together, so few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.contrib.auth.hashers import Argon2PasswordHasher

from . import hashing_room
from .config import get_settings
from .database import lend_connection
from .errors import Unavailable
from .hashing_room import AT_ONCE, RETRY_AFTER, Room

# A request that waits here keeps a thread from others: half of them are left for everything else.
MOST = max(2, get_settings().web_threads // 2)

room = Room(AT_ONCE, MOST, get_settings().request_timeout)

_logging_in = ContextVar("logging_in", default=False)


class PasswordsBusy(Unavailable):
    """Too many passwords wait to be hashed."""

    def __init__(self) -> None:
        super().__init__("Too many passwords are being checked.", retry_after=RETRY_AFTER)


@contextmanager
def logging_in() -> Iterator[None]:
    """Let the block use the room that is kept for logins.

    Django also hashes the password of an unknown user, which must take as long as a known one's.
    """
    token = _logging_in.set(True)
    try:
        yield
    finally:
        _logging_in.reset(token)


@contextmanager
def take_turn(*, login: bool) -> Iterator[None]:
    """Run the block when it is its turn. Until then, others may have the database connection.

    Raises:
        PasswordsBusy: at once.
    """
    try:
        room.enter(login=login)
    except hashing_room.PasswordsBusy:
        raise PasswordsBusy from None
    try:
        lend_connection()
        with room.turn(login=login):
            yield
    finally:
        room.leave(login=login)


class BoundedArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with the parameters that RFC 9106 recommends where memory is scarce."""

    time_cost = 3
    memory_cost = 64 * 1024  # KiB
    parallelism = 4

    def encode(self, password: str, salt: str) -> str:
        """Return the hash of a password.

        Raises:
            PasswordsBusy: at once.
        """
        with take_turn(login=_logging_in.get()):
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Tell whether a password is the one that was hashed.

        Raises:
            PasswordsBusy: at once.
        """
        with take_turn(login=True):
            return super().verify(password, encoded)
