"""Password hashes (Argon2id): one takes longer than many requests together, so few at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

from .config import get_settings
from .hashing_room import AT_ONCE, RETRY_AFTER, PasswordsBusy, Room

__all__ = ["RETRY_AFTER", "PasswordsBusy", "hash_password", "verify_password"]

# A request that waits here holds a thread of the server: half of them are left for all else.
MOST = max(2, get_settings().web_threads // 2)

_hasher = PasswordHash.recommended()
_room = Room(AT_ONCE, MOST, get_settings().request_timeout)


def hash_password(password: str) -> str:
    """Return the hash of a new password, with its salt and parameters.

    Raises:
        PasswordsBusy: at once.
    """
    return _in_turn(_hasher.hash, password, login=False)


def verify_password(password: str, known_hash: str | None) -> tuple[bool, str | None]:
    """Compare a password with the hash of the account; None when there is no such account.

    Returns:
        Whether it is right, and a hash to store instead if the old one has outdated parameters. A
        wrong password takes as long as an account that does not exist: nobody can find out by the
        time which addresses have accounts.

    Raises:
        PasswordsBusy: at once.
    """
    return _in_turn(_verify, password, known_hash, login=True)


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


def _in_turn[T, *Args](function: Callable[[*Args], T], *args: *Args, login: bool) -> T:
    _room.enter(login=login)
    try:
        with _room.turn(login=login):
            return function(*args)
    finally:
        _room.leave(login=login)
