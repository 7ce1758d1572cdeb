"""Password hashes (Argon2id): one takes longer than many requests together, so few at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from threading import BoundedSemaphore, Lock

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

from .config.cores import usable_cores
from .resources import get_resources

# Each computation takes 64 MiB while it lasts: with two, a worker still is below the 256 MiB of
# compose.yaml (WEB_WORKERS_MAX_RSS). More cores have workers of their own.
AT_ONCE = min(usable_cores(), 2)
RETRY_AFTER = 2  # seconds

_hasher = PasswordHash.recommended()
_turns = BoundedSemaphore(AT_ONCE)
_lock = Lock()
_admitted = 0  # passwords being hashed or waiting for it


class PasswordsBusy(Exception):
    """Too many passwords wait to be hashed: ask again in ``RETRY_AFTER`` seconds."""


def hash_password(password: str) -> str:
    """Return the hash of a new password, with its salt and parameters.

    Raises:
        PasswordsBusy: at once.
    """
    return _in_turn(_hasher.hash, password)


def verify_password(password: str, known_hash: str | None) -> tuple[bool, str | None]:
    """Compare a password with the hash of the account; None when there is no such account.

    Returns:
        Whether it is right, and a hash to store instead if the old one has outdated parameters. A
        wrong password takes as long as an account that does not exist: nobody can find out by the
        time which addresses have accounts.

    Raises:
        PasswordsBusy: at once.
    """
    return _in_turn(_verify, password, known_hash)


def _verify(password: str, known_hash: str | None) -> tuple[bool, str | None]:
    stand_in = _stand_in()  # before the decision: the first call takes longer for everybody
    if known_hash is not None:
        try:
            return _hasher.verify_and_update(password, known_hash)
        except UnknownHashError:
            pass  # no hash at all, such as the mark of an account that cannot log in this way
    _hasher.verify(password, stand_in)
    return False, None


@cache
def _stand_in() -> str:
    return _hasher.hash(os.urandom(16))


def _in_turn[T, *Args](function: Callable[[*Args], T], *args: *Args) -> T:
    global _admitted
    # Who waits here holds a thread of the server: half of them are left for everything else.
    most = max(1, get_resources().settings.web_threads // 2)
    with _lock:
        if _admitted >= most:
            raise PasswordsBusy
        _admitted += 1
    try:
        with _turns:
            return function(*args)
    finally:
        with _lock:
            _admitted -= 1
