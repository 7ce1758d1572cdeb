"""How the doctor gets to the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from .database import pools
from .database.doctor import examine as examine_connection
from .database.doctor import no_answer

if TYPE_CHECKING:
    from .config import Settings
    from .findings import Finding


def examine(settings: Settings) -> list[Finding]:
    """Return what was found out about the database."""
    engine = create_engine(**pools.transaction_pool(settings))
    pools.prepare(engine)
    try:
        with engine.connect() as connection:
            return list(examine_connection(connection, settings))
    except SQLAlchemyError as error:
        return [no_answer(error)]
    finally:
        engine.dispose()
