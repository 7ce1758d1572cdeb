"""Two small pools: one for transactions, one for statements that stand alone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.pool import QueuePool

from .. import saturation, statement_count
from . import server
from .checks import Checks

if TYPE_CHECKING:
    from ..config import Settings


def database_url(settings: Settings) -> URL:
    """Return the URL of the database with the driver that this service uses."""
    return server.driver_url(settings.database_url)


def transaction_pool(settings: Settings) -> dict[str, Any]:
    """Return the arguments of the engine for what changes several things at once."""
    return {**_engine(settings), "pool_size": settings.database_transaction_pool_size}


def autocommit_pool(settings: Settings) -> dict[str, Any]:
    """Return the arguments of the engine for single statements: no BEGIN and no ROLLBACK."""
    return {
        **_engine(settings),
        "pool_size": settings.database_pool_size,
        "isolation_level": "AUTOCOMMIT",
        "skip_autocommit_rollback": True,
        "pool_reset_on_return": None,  # nothing to roll back
    }


def migrations(settings: Settings) -> dict[str, Any]:
    """Return the arguments of the engine for migrations, which may take their time.

    For a lock they wait no longer than a statement of the service may take: whoever comes for the
    table meanwhile waits behind them.
    """
    url = database_url(settings)
    return {"url": url, "hide_parameters": True, **server.migration_options(url, settings)}


def _engine(settings: Settings) -> dict[str, Any]:
    url = database_url(settings)
    return {
        "url": url,
        "hide_parameters": True,  # errors are logged, and statements are given secrets
        # A connection over the size would be closed when it is given back, and opened anew for the
        # next request: under load that costs more than waiting for a free one.
        "max_overflow": 0,
        "pool_timeout": settings.database_pool_timeout,
        "pool_recycle": settings.database_pool_recycle,
        "pool_use_lifo": True,  # let surplus connections grow old and be closed
        **server.engine_options(url, settings),
    }


def watch(transactions: Engine, statements: Engine) -> None:
    """Have metrics tell how full the pools are, each by itself: one may be full beside an idle one.

    Args:
        transactions: the engine of ``transaction_pool``.
        statements: that of ``autocommit_pool``.
    """
    saturation.watch("database", partial(_usage, statements))
    saturation.watch("database_transactions", partial(_usage, transactions))


def _usage(engine: Engine) -> tuple[int, int]:
    """Return how many connections are in use, and how many there may be."""
    pool = engine.pool  # not always the same: another one comes after `dispose`
    return (pool.checkedout(), pool.size()) if isinstance(pool, QueuePool) else (0, 0)


def prepare(*engines: Engine) -> None:
    """Set up each new connection to one database, check those in use, and count statements."""
    checks = Checks()
    for engine in engines:
        server.prepare(engine)
        checks.watch(engine)
        event.listen(engine, "before_cursor_execute", _count)


def is_read_only(connection: Connection) -> bool:
    """Return whether the database takes no writes."""

    def ask(statement: str) -> Any:
        return connection.exec_driver_sql(statement).scalar()

    return server.is_read_only(ask, connection.dialect)


def _count(*_: Any) -> None:
    statement_count.add_one()
