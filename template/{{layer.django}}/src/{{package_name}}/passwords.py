"""Password hashes (Argon2id): one takes longer than many requests together, so few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

from .config import get_settings
from .config.cores import usable_cores
from .database import lend_connection
from .errors import Unavailable

# Each computation takes 64 MiB while it lasts: with two, a worker still is below the 256 MiB of
# compose.yaml (WEB_WORKERS_MAX_RSS). More cores have workers of their own.
AT_ONCE = min(usable_cores(), 2)
RETRY_AFTER = 2  # seconds


class PasswordsBusy(Unavailable):
    """Too many passwords wait to be hashed."""

    def __init__(self) -> None:
        super().__init__("Too many passwords are being checked.", retry_after=RETRY_AFTER)


class Turns:
    """So many at once, so many more that wait for one of them; the others are turned away.

    Who waits keeps a thread from other requests, but no connection to the database.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._running = Semaphore(at_once)
        self._admitted = Semaphore(at_once + waiting)

    @contextmanager
    def take(self) -> Iterator[None]:
        """Run the block when it is its turn.

        Raises:
            PasswordsBusy: at once.
        """
        if not self._admitted.acquire(blocking=False):
            raise PasswordsBusy
        try:
            lend_connection()
            with self._running:
                yield
        finally:
            self._admitted.release()


turns = Turns(AT_ONCE, waiting=get_settings().web_threads // 2)


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
        with turns.take():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Tell whether a password is the one that was hashed.

        Raises:
            PasswordsBusy: at once.
        """
        with turns.take():
            return super().verify(password, encoded)
