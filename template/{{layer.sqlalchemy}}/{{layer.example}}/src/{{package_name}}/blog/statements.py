"""The statements of the blog.

Lists read columns, not entities: there is nothing to keep track of in rows that are only shown.
Tags come along in the same statement, joined into one string: a second one would cost another
round trip, and one per post is the mistake that makes lists slow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, Row, bindparam, func, literal_column, or_, select

from ..database import UtcDateTime
from .cursor import encode_cursor
from .models import Account, Post, Tag, post_tags

SEPARATOR = "\x1f"  # the ASCII unit separator: no tag has one (see schemas.py)

TAGS = (
    # As it stands in the SQL: given as a string, it is put there anew for every execution.
    select(func.aggregate_strings(Tag.name, literal_column(f"'{SEPARATOR}'")))  # type: ignore[arg-type]
    .join(post_tags, post_tags.c.tag_id == Tag.id)
    .where(post_tags.c.post_id == Post.id)
    .correlate(Post)
    .scalar_subquery()
)

# Built once: SQLAlchemy then knows the statement again without looking at all its parts.
POSTS = select(
    Post.id,
    Post.title,
    Post.body,
    Post.published_at,
    Account.id.label("author_id"),
    Account.name.label("author_name"),
    TAGS.label("tags"),
).join(Post.author)

ONE = POSTS.where(Post.id == bindparam("id"))

NEWEST = POSTS.order_by(Post.published_at.desc(), Post.id.desc()).limit(
    bindparam("limit", type_=Integer)
)

# Neither `(published_at, id) < (…)` nor a plain OR: in this form every database goes straight to
# the place in the index.
MOMENT = bindparam("moment", type_=UtcDateTime)
OLDER = NEWEST.where(
    Post.published_at <= MOMENT, or_(Post.published_at < MOMENT, Post.id < bindparam("id"))
)


def _count(model: type[Any]) -> Any:
    return select(func.count()).select_from(model).scalar_subquery()


TOTALS = select(
    _count(Post).label("posts"), _count(Account).label("authors"), _count(Tag).label("tags")
)

WRITTEN = func.count(Post.id).label("posts")
BUSIEST = (
    select(Account.id, Account.name, WRITTEN)
    .join(Account.posts)
    .group_by(Account.id, Account.name)
    .order_by(WRITTEN.desc(), Account.id)
    .limit(1)
)


def page_from(rows: Sequence[Row[Any]], limit: int) -> dict[str, Any]:
    """Return a page of ``limit`` posts; the row after them tells that there is a next page."""
    shown = rows[:limit]
    following = encode_cursor(shown[-1].published_at, shown[-1].id) if len(rows) > limit else None
    return {"items": [post_from(row) for row in shown], "next": following}


def post_from(row: Sequence[Any]) -> dict[str, Any]:
    """Return a post as it is shown."""
    id_, title, body, published_at, author_id, author, tags = row
    return {
        "id": id_,
        "title": title,
        "body": body,
        "published_at": published_at,
        "author": {"id": author_id, "name": author},
        "tags": sorted(tags.split(SEPARATOR)) if tags else [],
    }
