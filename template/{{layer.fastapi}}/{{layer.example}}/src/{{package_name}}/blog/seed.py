"""Fill the blog's tables: ``poe seed``."""

from __future__ import annotations

import argparse
import asyncio
import sys

from ..config import get_settings
from ..database import Database
from ..passwords import hash_password
from .fill import fill, is_empty
from .sample import PASSWORD


async def seed(database: Database, posts: int) -> int:
    """Add authors, tags and ``posts`` posts to an empty blog; return how many were added.

    A blog that has posts is left as it is.
    """
    async with database.engine.begin() as connection:
        if not await connection.run_sync(is_empty):
            return 0
        await connection.run_sync(fill, posts, await hash_password(PASSWORD))
    return posts


async def _main(posts: int) -> None:
    database = Database(get_settings())
    added = await seed(database, posts)
    await database.close()
    sys.stderr.write(f"{added} posts added.\n" if added else "There are posts already.\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fill the blog's tables, if they are empty.")
    parser.add_argument("--posts", type=int, default=100, help="how many (default: 100)")
    asyncio.run(_main(parser.parse_args().posts))
