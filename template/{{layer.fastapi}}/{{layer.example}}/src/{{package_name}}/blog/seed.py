"""Data to look at, and to measure with: the same every time."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ..database import Database
from ..passwords import hash_password
from ..settings import get_settings
from .models import Account, Post, Tag, post_tags

WORDS = ["cache", "cursor", "deadline", "drain", "event", "gateway", "index", "latency", "lease"]
WORDS += ["lock", "loop", "metric", "pool", "query", "queue", "replica", "retry", "shard"]
EMAIL = "author{}@example.com"
PASSWORD = "correct horse battery staple"  # noqa: S105 - the example's, told in the README
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 1000  # rows per statement


async def seed(database: Database, posts: int) -> int:
    """Add authors, tags and ``posts`` posts to an empty blog; return how many were added.

    A blog that has posts is left as it is.
    """
    async with database.engine.begin() as connection:
        if await connection.scalar(select(func.count()).select_from(Post)):
            return 0
        await _seed(connection, posts, await hash_password(PASSWORD))
    return posts


async def _seed(connection: AsyncConnection, posts: int, password_hash: str) -> None:
    random = Random(0)  # the same data every time
    authors = max(1, min(100, posts // 10))
    await connection.execute(
        insert(Account),
        [
            {
                "email": EMAIL.format(number),
                "name": f"Author {number}",
                "password_hash": password_hash,
                "created_at": FIRST,
            }
            for number in range(1, authors + 1)
        ],
    )
    await connection.execute(insert(Tag), [{"name": word} for word in WORDS])
    author_ids = list(await connection.scalars(select(Account.id)))
    tag_ids = list(await connection.scalars(select(Tag.id)))

    def post(number: int) -> dict[str, Any]:
        return {
            "title": " ".join(random.sample(WORDS, 4)).capitalize(),
            "body": " ".join(random.choices(WORDS, k=25)).capitalize() + ".",
            "published_at": FIRST + timedelta(minutes=number),
            "author_id": random.choice(author_ids),
        }

    for numbers in itertools.batched(range(posts), BATCH, strict=False):
        await connection.execute(insert(Post), [post(number) for number in numbers])
    post_ids = await connection.scalars(select(Post.id))
    links = (
        {"post_id": post_id, "tag_id": tag_id}
        for post_id in post_ids.all()
        for tag_id in random.sample(tag_ids, random.randint(1, 3))
    )
    for batch in itertools.batched(links, BATCH, strict=False):
        await connection.execute(insert(post_tags), list(batch))


async def _main(posts: int) -> None:
    database = Database(get_settings())
    added = await seed(database, posts)
    await database.close()
    sys.stderr.write(f"{added} posts added.\n" if added else "There are posts already.\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fill the blog's tables, if they are empty.")
    parser.add_argument("--posts", type=int, default=100, help="how many (default: 100)")
    asyncio.run(_main(parser.parse_args().posts))
