"""How the doctor gets to the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from .database import Database
from .database.doctor import examine as examine_connection
from .database.doctor import no_answer

if TYPE_CHECKING:
    from .config import Settings
    from .findings import Finding


def examine(settings: Settings) -> list[Finding]:
    """Return what was found out about the database."""
    return asyncio.run(_examine(settings))


async def _examine(settings: Settings) -> list[Finding]:
    def findings(connection: Connection) -> list[Finding]:
        return list(examine_connection(connection, settings))

    database = Database(settings)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(findings)
    except SQLAlchemyError as error:
        return [no_answer(error)]
    finally:
        await database.close()
