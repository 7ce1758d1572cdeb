"""The statements of the blog.

Lists read columns, not entities: there is nothing to keep track of in rows that are only shown.
Tags come along in the same statement, joined into one string: a second one would cost another
round trip, and one per post is the mistake that makes lists slow.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from .cursor import encode_cursor
from .models import Account, Post, Tag, post_tags

SEPARATOR = "\x1f"  # the ASCII unit separator: no tag has one (see schemas.py)

TAGS = (
    select(func.aggregate_strings(Tag.name, SEPARATOR))
    .join(post_tags, post_tags.c.tag_id == Tag.id)
    .where(post_tags.c.post_id == Post.id)
    .correlate(Post)
    .scalar_subquery()
)

POSTS = select(
    Post.id,
    Post.title,
    Post.body,
    Post.published_at,
    Account.id.label("author_id"),
    Account.name.label("author_name"),
    TAGS.label("tags"),
).join(Post.author)


async def list_posts(
    connection: AsyncConnection, limit: int, after: tuple[datetime, int] | None
) -> dict[str, Any]:
    """Return a page of posts, newest first, in one statement whatever its size."""
    newest = POSTS.order_by(Post.published_at.desc(), Post.id.desc()).limit(limit + 1)
    if after is not None:
        newest = newest.where(tuple_(Post.published_at, Post.id) < after)
    rows = (await connection.execute(newest)).all()
    more, rows = len(rows) > limit, rows[:limit]
    return {
        "items": [_post(row) for row in rows],
        "next": encode_cursor(rows[-1].published_at, rows[-1].id) if more else None,
    }


async def get_post(connection: AsyncConnection, post_id: int) -> dict[str, Any] | None:
    """Return a post, or ``None``."""
    row = (await connection.execute(POSTS.where(Post.id == post_id))).one_or_none()
    return _post(row) if row else None


async def get_stats(connection: AsyncConnection) -> dict[str, Any]:
    """Count everything: a statement that reads all rows, hence worth a cache."""
    totals = (
        await connection.execute(
            select(
                _count(Post).label("posts"),
                _count(Account).label("authors"),
                _count(Tag).label("tags"),
            )
        )
    ).one()
    written = func.count(Post.id).label("posts")
    busiest = (
        await connection.execute(
            select(Account.id, Account.name, written)
            .join(Account.posts)
            .group_by(Account.id, Account.name)
            .order_by(written.desc(), Account.id)
            .limit(1)
        )
    ).one_or_none()
    return {**totals._mapping, "busiest_author": busiest and dict(busiest._mapping)}


def _count(model: type[Any]) -> Any:
    return select(func.count()).select_from(model).scalar_subquery()


def _post(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "body": row.body,
        "published_at": row.published_at,
        "author": {"id": row.author_id, "name": row.author_name},
        "tags": sorted(row.tags.split(SEPARATOR)) if row.tags else [],
    }
