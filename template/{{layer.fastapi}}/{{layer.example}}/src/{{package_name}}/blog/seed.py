"""Fill the blog's tables: ``poe seed``."""

from __future__ import annotations

import argparse
import asyncio
import sys

from sqlalchemy.util import greenlet_spawn

from ..config import get_settings
from ..database import Database
from ..passwords import hash_password
from .fill import PATIENCE, fill_if_empty
from .sample import PASSWORD


async def seed(database: Database, posts: int, patience: float = PATIENCE) -> int:
    """Add authors, tags and ``posts`` posts to an empty blog; return how many were added.

    A blog that has posts is left as it is.

    Raises:
        TimeoutError: if another process changes the database for ``patience`` seconds.
    """
    engine, password_hash = database.engine.sync_engine, await hash_password(PASSWORD)
    return await greenlet_spawn(fill_if_empty, engine, posts, password_hash, patience)


async def _main(posts: int) -> None:
    settings = get_settings()
    database = Database(settings)
    try:
        added = await seed(database, posts, settings.migration_wait)
    except TimeoutError as error:
        sys.exit(str(error))
    finally:
        await database.close()
    sys.stderr.write(f"{added} posts added.\n" if added else "There are posts already.\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fill the blog's tables, if they are empty.")
    parser.add_argument("--posts", type=int, default=100, help="how many (default: 100)")
    asyncio.run(_main(parser.parse_args().posts))
