"""What the API asks of the blog's tables.

Lists read columns, not entities: there is nothing to keep track of in rows that are only shown.
Tags come along in the same statement, joined into one string: a second one would cost another
round trip, and one per post is the mistake that makes lists slow.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, StringAgg, Subquery, Value

from ..database import read
from ..users.models import User
from .cursor import encode_cursor
from .models import Post, Tag

SEPARATOR = "\x1f"  # the ASCII unit separator: no tag has one (see schemas.py)

TAGS = Subquery(
    Tag.objects.filter(posts=OuterRef("pk"))
    .order_by()
    .values("posts")
    .annotate(names=StringAgg("name", Value(SEPARATOR)))
    .values("names")
)

POSTS = Post.objects.annotate(tag_names=TAGS).values_list(
    "id", "title", "body", "published_at", "author_id", "author__name", "tag_names"
)

NEWEST = POSTS.order_by("-published_at", "-id")


def list_posts(limit: int, after: tuple[datetime, int] | None) -> dict[str, Any]:
    """Return a page of posts, newest first, in one statement whatever its size."""
    posts = NEWEST
    if after is not None:
        moment, post_id = after
        # Neither `(published_at, id) < (…)` nor a plain OR: in this form every database goes
        # straight to the place in the index.
        older = Q(published_at__lt=moment) | Q(id__lt=post_id)
        posts = posts.filter(older, published_at__lte=moment)
    rows = read(posts[: limit + 1])  # the row after the page tells that there is a next one
    shown = rows[:limit]
    following = encode_cursor(shown[-1][3], shown[-1][0]) if len(rows) > limit else None
    return {"items": [_post(row) for row in shown], "next": following}


def get_post(post_id: int) -> dict[str, Any] | None:
    """Return a post, or ``None``."""
    rows = read(POSTS.filter(id=post_id))
    return _post(rows[0]) if rows else None


def get_stats() -> dict[str, Any]:
    """Count everything, by statements that read all rows; hence worth a cache."""
    busiest = (
        Post.objects.values_list("author_id", "author__name")
        .annotate(written=Count("id"))
        .order_by("-written", "author_id")
    )
    rows = read(busiest[:1])
    return {
        "posts": Post.objects.count(),
        "authors": User.objects.count(),
        "tags": Tag.objects.count(),
        "busiest_author": dict(zip(("id", "name", "posts"), rows[0], strict=True))
        if rows
        else None,
    }


def _post(row: Sequence[Any]) -> dict[str, Any]:
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
