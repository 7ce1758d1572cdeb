"""Sample data for an empty blog."""

from __future__ import annotations

from itertools import batched
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select

from ..database.exclusive import exclusive
from .models import Account, Post, Tag, post_tags
from .sample import EMAIL, FIRST, NAME, WORDS, authors_of, sample_posts

BATCH = 1000  # rows per statement
PATIENCE = 60.0  # seconds, for another process that changes the database


def fill_if_empty(engine: Engine, posts: int, password_hash: str, patience: float) -> int:
    """Add authors, tags and ``posts`` posts to an empty blog; return how many were added.

    Raises:
        TimeoutError: if another process changes the database for ``patience`` seconds.
    """
    with exclusive(engine, patience), engine.begin() as connection:
        if connection.scalar(select(func.count()).select_from(Post)):
            return 0
        fill(connection, posts, password_hash)
    return posts


def fill(connection: Connection, posts: int, password_hash: str) -> None:
    """Add authors, who have one password, tags and ``posts`` posts.

    Authors and tags may be there still, of posts that were deleted.
    """
    accounts = [
        {
            "email": EMAIL.format(number),
            "name": NAME.format(number),
            "password_hash": password_hash,
            "created_at": FIRST,
        }
        for number in authors_of(posts)
    ]
    author_ids = _add(connection, Account, "email", accounts)
    tag_ids = _add(connection, Tag, "name", [{"name": word} for word in WORDS])
    for batch in batched(sample_posts(posts), BATCH, strict=False):
        rows = [
            {
                "title": post.title,
                "body": post.body,
                "published_at": post.published_at,
                "author_id": author_ids[EMAIL.format(post.author)],
            }
            for post in batch
        ]
        connection.execute(insert(Post), rows)
    post_ids = connection.scalars(select(Post.id).order_by(Post.id))
    links = (
        {"post_id": post_id, "tag_id": tag_ids[tag]}
        for post_id, post in zip(post_ids.all(), sample_posts(posts), strict=True)
        for tag in post.tags
    )
    for several in batched(links, BATCH, strict=False):
        connection.execute(insert(post_tags), list(several))


def _add(
    connection: Connection, model: type[Account | Tag], name: str, rows: list[dict[str, Any]]
) -> dict[str, int]:
    """Add the rows that are missing by what a column says; return the ids of all by it."""
    column = getattr(model, name)
    found = select(model.id, column).where(column.in_([row[name] for row in rows]))
    known = {value for _, value in connection.execute(found)}
    missing = [row for row in rows if row[name] not in known]
    if missing:
        connection.execute(insert(model), missing)
    return {value: id_ for id_, value in connection.execute(found)}
