"""What the routes ask of the blog's tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..database import db
from .statements import BUSIEST, NEWEST, OLDER, ONE, TOTALS, page_from, post_from


def list_posts(limit: int, after: tuple[datetime, int] | None) -> dict[str, Any]:
    """Return a page of posts, newest first, in one statement whatever its size."""
    if after is None:
        rows = db.read(NEWEST, {"limit": limit + 1})
    else:
        moment, post_id = after
        rows = db.read(OLDER, {"limit": limit + 1, "moment": moment, "id": post_id})
    return page_from(rows, limit)


def get_post(post_id: int) -> dict[str, Any] | None:
    """Return a post, or ``None``."""
    rows = db.read(ONE, {"id": post_id})
    return post_from(rows[0]) if rows else None


def get_stats() -> dict[str, Any]:
    """Count everything, by statements that read all rows; hence worth a cache."""
    [totals] = db.read(TOTALS)
    busiest = db.read(BUSIEST)
    return {
        **totals._mapping,
        "busiest_author": dict(busiest[0]._mapping) if busiest else None,
    }
