"""Connections to the database, and how to use them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, override

from flask import Flask
from flask.sansio.app import App
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Connection, Executable, Row
from sqlalchemy.exc import DBAPIError

from ..readiness import NotReady
from . import pools

if TYPE_CHECKING:
    from ..config import Settings

AUTOCOMMIT = "autocommit"
AT_ONCE = 1.0  # seconds within which a connection turns out to be closed


class Database(SQLAlchemy):
    """Two small pools: one for transactions, one for statements that stand alone.

    ``session`` is the ORM session of the request, for what changes several things at once. ``read``
    and ``write`` run one statement that commits by itself: it pays no BEGIN and no ROLLBACK.
    """

    def configure(self, app: Flask, settings: Settings) -> None:
        """Make the engines of an application; nothing connects before it is used."""
        app.config["SQLALCHEMY_ENGINES"] = {
            "default": pools.transaction_pool(settings),
            AUTOCOMMIT: pools.autocommit_pool(settings),
        }
        self.init_app(app)
        with app.app_context():
            engines = self.get_engine(), self.get_engine(AUTOCOMMIT)
        pools.prepare(*engines)
        pools.watch(*engines)

    @override
    def init_app(self, app: App) -> None:
        """Add the extension to an application, for synchronous use alone.

        What it does after every request for the sake of asynchronous sessions starts an event loop
        each time: several times the work of a small request.
        """
        super().init_app(app)
        app.teardown_appcontext_funcs = [
            function
            for function in app.teardown_appcontext_funcs
            if not iscoroutinefunction(function)
        ]

    def read(
        self, statement: Executable, parameters: dict[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Return the rows of one statement that only reads.

        When the server has closed the connection meanwhile, the statement is run once more.
        """

        def rows(connection: Connection) -> Sequence[Row[Any]]:
            return connection.execute(statement, parameters).all()

        return self._repeatable(rows)

    def write(self, statement: Executable) -> int:
        """Run one statement that writes; return how many rows it concerned."""
        return self._autocommit(lambda connection: connection.execute(statement).rowcount)

    def _repeatable[T](self, work: Callable[[Connection], T]) -> T:
        started = time.monotonic()
        try:
            return self._autocommit(work)
        except DBAPIError as error:
            # A server that does not answer at all would only be waited for once more.
            if not error.connection_invalidated or time.monotonic() - started > AT_ONCE:
                raise
            return self._autocommit(work)

    def _autocommit[T](self, work: Callable[[Connection], T]) -> T:
        with self.get_engine(AUTOCOMMIT).connect() as connection:
            return work(connection)

    def ping(self) -> None:
        """Return if the database answers, and takes writes.

        Raises:
            NotReady: it is read-only.
        """
        if self._repeatable(pools.is_read_only):
            raise NotReady("read-only")

    def close(self) -> None:
        """Close every connection."""
        for engine in self.engines.values():
            engine.dispose()


db = Database(session_options={"expire_on_commit": False})
