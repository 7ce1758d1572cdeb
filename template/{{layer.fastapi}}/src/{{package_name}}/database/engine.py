"""Connections to the database, and how to use them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Executable, Row
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.util import greenlet_spawn

from ..readiness import NotReady
from . import pools

if TYPE_CHECKING:
    from ..config import Settings


class Database:
    """Two small pools: one for transactions, one for statements that stand alone.

    ``session`` gives an ORM session, for what changes several things at once. ``read`` and
    ``write`` run one statement that commits by itself: it pays no BEGIN and no ROLLBACK.
    """

    def __init__(self, settings: Settings) -> None:
        self.engine = create_async_engine(**pools.transaction_pool(settings))
        self.autocommit_engine = create_async_engine(**pools.autocommit_pool(settings))
        pools.prepare(*self.engines)
        self._turns = asyncio.Semaphore(settings.database_pool_size)
        self._patience = settings.database_pool_timeout
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

        return await self._repeatable(rows)

    async def write(self, statement: Executable) -> int:
        """Run one statement that writes; return how many rows it concerned."""
        return await self._autocommit(lambda connection: connection.execute(statement).rowcount)

    async def _repeatable[T](self, work: Callable[[Connection], T]) -> T:
        try:
            return await self._autocommit(work)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return await self._autocommit(work)

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
    def engines(self) -> tuple[Engine, Engine]:
        """Both engines: of transactions, and of statements that stand alone."""
        return self.engine.sync_engine, self.autocommit_engine.sync_engine

    def watch(self) -> None:
        """Have metrics tell how full the pools are."""
        pools.watch(*self.engines)

    async def ping(self) -> None:
        """Return if the database answers, and takes writes.

        Raises:
            NotReady: it is read-only.
        """
        if await self._repeatable(pools.is_read_only):
            raise NotReady("read-only")

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self.autocommit_engine.dispose()
