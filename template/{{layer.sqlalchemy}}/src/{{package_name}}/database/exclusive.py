"""One process at a time: migrations, sample data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from . import locks
from .waiting import lock_file, wait_for


@contextmanager
def exclusive(engine: Engine, patience: float) -> Iterator[None]:
    """Wait for other processes that do the same, and make others wait until the block ends.

    Args:
        engine: of the database; another connection keeps the lock.
        patience: seconds to wait.

    Raises:
        TimeoutError: with a sentence for the user, if the others take longer.
    """
    if engine.dialect.name == "sqlite":
        if engine.url.database in (None, "", ":memory:"):
            yield
            return
        with lock_file(str(engine.url.database), patience):
            yield
        return
    with engine.connect() as connection:

        def take() -> bool:
            connection.rollback()
            return bool(connection.exec_driver_sql(locks.TAKE).scalar())

        wait_for(take, patience)
        yield
