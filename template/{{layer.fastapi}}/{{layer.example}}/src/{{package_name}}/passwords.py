"""Password hashes (Argon2id), computed in threads: one takes longer than many requests together."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

from .config import get_settings
from .hashing_room import AT_ONCE, RETRY_AFTER, PasswordsBusy, Room

__all__ = ["RETRY_AFTER", "PasswordsBusy", "hash_password", "verify_password"]

MOST = 16 * AT_ONCE  # passwords being hashed or waiting for it

_hasher = PasswordHash.recommended()
_room = Room(AT_ONCE, MOST, get_settings().request_timeout)
# Registrations, which wait for each other too, must not keep the threads of logins.
_threads = {
    login: ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords") for login in (True, False)
}


async def hash_password(password: str) -> str:
    """Return the hash of a new password, with its salt and parameters.

    Raises:
        PasswordsBusy: at once.
    """
    return await _in_thread(_hasher.hash, password, login=False)


async def verify_password(password: str, known_hash: str | None) -> tuple[bool, str | None]:
    """Compare a password with the hash of the account; None when there is no such account.

    Returns:
        Whether it is right, and a hash to store instead if the old one has outdated parameters. A
        wrong password takes as long as an account that does not exist: nobody can find out by the
        time which addresses have accounts.

    Raises:
        PasswordsBusy: at once.
    """
    return await _in_thread(_verify, password, known_hash, login=True)


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


async def _in_thread[T, *Args](function: Callable[[*Args], T], *args: *Args, login: bool) -> T:
    gone = threading.Event()

    def work() -> T:
        with _room.turn(login=login):
            if gone.is_set():
                raise asyncio.CancelledError
            return function(*args)

    _room.enter(login=login)
    future = _threads[login].submit(work)
    # The place is taken until the thread is done, also when nobody waits for the hash any more.
    future.add_done_callback(lambda _: _room.leave(login=login))
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        gone.set()
        raise
