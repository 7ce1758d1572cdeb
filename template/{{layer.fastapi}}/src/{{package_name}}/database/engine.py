"""Connections to the database, and how to use them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, Executable, Row, event, make_url, select
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.util import greenlet_spawn

from . import server

if TYPE_CHECKING:
    from ..config import Settings

IDLE_BEFORE_PING = 1.0  # seconds


def database_url(settings: Settings) -> URL:
    """Return the URL of the database with the driver that this service uses."""
    return server.driver_url(make_url(settings.database_url))


class Database:
    """Two small pools: one for transactions, one for statements that stand alone.

    ``session`` gives an ORM session, for what changes several things at once. ``read`` and
    ``write`` run one statement that commits by itself: it pays no BEGIN and no ROLLBACK.
    """

    def __init__(self, settings: Settings) -> None:
        url = database_url(settings)
        bounds = {
            # A connection over the size would be closed when it is given back, and opened anew
            # for the next request: under load that costs more than waiting for a free one.
            "max_overflow": 0,
            "pool_timeout": settings.database_pool_timeout,
            "pool_recycle": settings.database_pool_recycle,
            "pool_use_lifo": True,  # let surplus connections grow old and be closed
        }
        options = server.engine_options(url, settings)
        self._turns = asyncio.Semaphore(settings.database_pool_size)
        self._patience = settings.database_pool_timeout
        self.engine = create_async_engine(
            url, pool_size=settings.database_transaction_pool_size, **bounds, **options
        )
        self.autocommit_engine = create_async_engine(
            url,
            pool_size=settings.database_pool_size,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
            pool_reset_on_return=None,  # nothing to roll back
            **bounds,
            **options,
        )
        for engine in (self.engine, self.autocommit_engine):
            _ping_after_idling(engine.sync_engine)
            server.prepare(engine.sync_engine)
        self.session: async_sessionmaker[AsyncSession] = async_sessionmaker(
            self.engine, expire_on_commit=False
        )

    async def read(
        self, statement: Executable, parameters: dict[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Return the rows of one statement that only reads.

        When the server has closed the connection meanwhile, the statement is run once more.
        """

        def rows(connection: Connection) -> Sequence[Row[Any]]:
            return connection.execute(statement, parameters).all()

        try:
            return await self._autocommit(rows)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return await self._autocommit(rows)

    async def write(self, statement: Executable) -> int:
        """Run one statement that writes; return how many rows it concerned."""
        return await self._autocommit(lambda connection: connection.execute(statement).rowcount)

    async def _autocommit[T](self, work: Callable[[Connection], T]) -> T:
        # One greenlet for checkout, statement and checkin: `AsyncEngine.connect` takes one for
        # each, and a task, which costs a tenth of the throughput of a list.
        def run() -> T:
            with self.autocommit_engine.sync_engine.connect() as connection:
                return work(connection)

        await self._take_turn()
        try:
            return await greenlet_spawn(run)
        finally:
            self._turns.release()

    async def _take_turn(self) -> None:
        # The pool's own queue lets newcomers overtake: under load some would wait for ever.
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError:
            raise PoolTimeout(f"no connection within {self._patience:g} seconds") from None

    @property
    def engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        """Both engines, for what looks at all statements."""
        return self.engine, self.autocommit_engine

    async def ping(self) -> None:
        """Return if the database answers."""
        await self.read(select(1))

    async def close(self) -> None:
        """Close every connection."""
        for engine in self.engines:
            await engine.dispose()


def _ping_after_idling(engine: Engine) -> None:
    """Check a connection that has idled before it is used.

    ``pool_pre_ping`` would ask at every checkout, a round trip per request; a connection that
    answered within the last second is as good as checked.
    """

    @event.listens_for(engine, "checkin")
    def _note(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ping(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", 0.0) < IDLE_BEFORE_PING:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            if not engine.dialect.is_disconnect(error, connection, None):
                raise
            raise DisconnectionError from error
