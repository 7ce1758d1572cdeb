"""One process at a time: migrations, sample data."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import structlog
from django.core.management import CommandError
from django.db import OperationalError

from ..config import get_settings
from . import locks
from .outages import is_outage
from .waiting import lock_file, wait_for

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

START_TIMEOUT = 30.0  # seconds that a database may take to start

log = structlog.get_logger(__name__)


@contextmanager
def exclusive(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Wait for other processes that do the same, and make others wait until the block ends.

    Args:
        connection: of the database, which may still be starting. Another one keeps the lock.

    Raises:
        CommandError: with a sentence for the user, if the database does not answer or the other
            processes take longer than MIGRATION_WAIT.
    """
    wait_for_start(connection)
    patience = get_settings().migration_wait
    try:
        if connection.vendor == "sqlite":
            with _file_lock(connection, patience):
                yield
            return
        keeper = connection.copy()
        keeper.set_autocommit(False)
        try:
            wait_for(lambda: _take(keeper), patience)
            yield
        finally:
            keeper.close()
    except TimeoutError as error:
        raise CommandError(str(error)) from error


def wait_for_start(connection: BaseDatabaseWrapper) -> None:
    """Connect, once the database answers.

    Raises:
        CommandError: with the reason, if it does not.
    """
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            connection.ensure_connection()
            return
        except OperationalError as error:
            reason = " ".join(str(error).split())
            final = connection.vendor == "sqlite" or not is_outage(error)
            if final or time.monotonic() > deadline:
                raise CommandError(f"The database does not answer: {reason}") from error
            log.warning("the database does not answer yet", reason=reason)
            time.sleep(1)


def _file_lock(connection: Any, patience: float) -> AbstractContextManager[None]:
    if connection.is_in_memory_db():
        return nullcontext()
    return lock_file(connection.settings_dict["NAME"], patience)


def _take(keeper: BaseDatabaseWrapper) -> bool:
    keeper.rollback()
    with keeper.cursor() as cursor:
        cursor.execute(locks.TAKE)
        return bool(cursor.fetchone()[0])
