"""Sample data for an empty blog."""

from __future__ import annotations

from itertools import batched

from sqlalchemy import Connection, func, insert, select

from .models import Account, Post, Tag, post_tags
from .sample import EMAIL, FIRST, NAME, WORDS, authors_of, sample_posts

BATCH = 1000  # rows per statement


def is_empty(connection: Connection) -> bool:
    """Tell whether there is no post."""
    return not connection.scalar(select(func.count()).select_from(Post))


def fill(connection: Connection, posts: int, password_hash: str) -> None:
    """Add authors, who have one password, tags and ``posts`` posts."""
    accounts = [
        {
            "email": EMAIL.format(number),
            "name": NAME.format(number),
            "password_hash": password_hash,
            "created_at": FIRST,
        }
        for number in authors_of(posts)
    ]
    connection.execute(insert(Account), accounts)
    connection.execute(insert(Tag), [{"name": word} for word in WORDS])
    author_ids = connection.scalars(select(Account.id).order_by(Account.id)).all()
    tag_ids = {name: id_ for id_, name in connection.execute(select(Tag.id, Tag.name))}
    for batch in batched(sample_posts(posts), BATCH, strict=False):
        rows = [
            {
                "title": post.title,
                "body": post.body,
                "published_at": post.published_at,
                "author_id": author_ids[post.author - 1],
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
