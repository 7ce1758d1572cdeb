"""Posts: a public list, single posts, and publishing."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from flask import Blueprint, Response, abort
from pydantic import BaseModel, Field
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from ..cached_route import cached_answer, cached_route
from ..database import db
from ..errors import InvalidRequest
from ..operation import operation
from ..resources import get_resources
from . import queries
from .cursor import LARGEST_ID, decode_cursor
from .login import current_user_id
from .models import Post, Tag
from .schemas import NewPost, PostOut, PostPage
from .statements import ONE, post_from

blueprint = Blueprint("posts", __name__)

TTL = 60.0  # seconds; a write does not wait for it
STALE = 300.0  # seconds for which an old answer may bridge the making of a new one

PostId = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class PageQuery(BaseModel):
    """Which posts to list."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    after: Annotated[str | None, Field(max_length=100)] = None


@blueprint.get("/posts")
@cached_route
@operation(returns=PostPage, problems=(422, 503))
def list_posts(query: PageQuery) -> Response:
    """List posts, newest first; ``next`` is the cursor for ``after``."""
    try:
        cursor = decode_cursor(query.after) if query.after is not None else None
    except ValueError as error:
        raise InvalidRequest([{"loc": ["query", "after"], "msg": str(error)}]) from None

    def compute() -> bytes:
        return to_json(queries.list_posts(query.limit, cursor))

    identity = ("posts", f"posts:{query.limit}:{query.after or ''}")
    return cached_answer(identity, compute, ttl=TTL, stale=STALE, tags=("posts",))


@blueprint.get("/posts/<post_id>")
@cached_route
@operation(returns=PostOut, problems=(404, 422, 503))
def get_post(post_id: PostId) -> Response:
    """Show a post."""

    def compute() -> bytes:
        post = queries.get_post(post_id)
        if post is None:
            abort(404, "There is no such post.")
        return to_json(post)

    tag = f"post:{post_id}"
    return cached_answer(("post", tag), compute, ttl=TTL, stale=STALE, tags=(tag,))


@blueprint.post("/posts")
@operation(
    returns=PostOut,
    status=201,
    problems=(400, 401, 403, 413, 415, 422, 503),
    requires=current_user_id,
)
def publish_post(body: NewPost) -> Response:
    """Publish a post as the logged-in user."""
    names = sorted(set(body.tags))
    _make_tags(names)
    post = _insert(current_user_id(), body, names)
    get_resources().cache.invalidate("posts", f"post:{post['id']}", "stats")
    return Response(
        to_json(post),
        status=201,
        headers={"Location": f"/api/posts/{post['id']}"},
        mimetype="application/json",
    )


def to_json(value: object) -> bytes:
    """Serialise an answer; times are RFC 3339 in UTC."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


def _make_tags(names: list[str]) -> None:
    """Make the tags that are not there yet, each by itself: somebody else may be at it as well."""
    known = {name for (name,) in db.read(select(Tag.name).where(Tag.name.in_(names)))}
    for name in names:
        if name not in known:
            # Made meanwhile; or to the database another spelling of one that is there.
            with suppress(IntegrityError):
                db.write(insert(Tag).values(name=name))


def _insert(user_id: int, new: NewPost, names: list[str]) -> dict[str, Any]:
    """Return the new post, read before the commit: after that, nothing may fail any more."""
    with db.sessionmaker.begin() as session:
        post = Post(
            title=new.title,
            body=new.body,
            published_at=datetime.now(UTC),
            author_id=user_id,
            tags=list(session.scalars(select(Tag).where(Tag.name.in_(names)))),
        )
        session.add(post)
        session.flush()
        return post_from(session.execute(ONE, {"id": post.id}).one())
