"""Posts: a public list, single posts, and publishing."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from ..cached_route import CachedRoute, cached_answer
from ..database import Database
from ..resources import ResourcesDep
from ..routing import problems
from . import queries
from .cursor import LARGEST_ID, decode_cursor
from .login import CurrentUserId
from .models import Post, Tag
from .schemas import NewPost, PostOut, PostPage
from .statements import ONE, post_from

router = APIRouter(tags=["posts"], route_class=CachedRoute)

TTL = 60.0  # seconds; a write does not wait for it
STALE = 300.0  # seconds for which an old answer may bridge the making of a new one

PostId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/posts", response_model=PostPage, responses=problems(422, 503))
async def list_posts(
    request: Request,
    resources: ResourcesDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """List posts, newest first; ``next`` is the cursor for ``after``."""
    try:
        cursor = decode_cursor(after) if after is not None else None
    except ValueError as error:
        fault = {"loc": ("query", "after"), "msg": str(error), "type": "value_error"}
        raise RequestValidationError([fault]) from None

    async def compute() -> bytes:
        return to_json(await queries.list_posts(resources.database, limit, cursor))

    return await cached_answer(
        request,
        resources,
        ("posts", f"posts:{limit}:{after or ''}"),
        compute,
        ttl=TTL,
        stale=STALE,
        tags=("posts",),
    )


@router.get("/posts/{post_id}", response_model=PostOut, responses=problems(404, 422, 503))
async def get_post(request: Request, resources: ResourcesDep, post_id: PostId) -> Response:
    """Show a post."""

    async def compute() -> bytes:
        post = await queries.get_post(resources.database, post_id)
        if post is None:
            raise HTTPException(404, "There is no such post.")
        return to_json(post)

    return await cached_answer(
        request,
        resources,
        ("post", f"post:{post_id}"),
        compute,
        ttl=TTL,
        stale=STALE,
        tags=(f"post:{post_id}",),
    )


@router.post(
    "/posts",
    status_code=201,
    response_model=PostOut,
    responses=problems(400, 401, 403, 413, 415, 422, 503),
)
async def publish_post(resources: ResourcesDep, user_id: CurrentUserId, new: NewPost) -> Response:
    """Publish a post as the logged-in user."""
    names = sorted(set(new.tags))
    await _make_tags(resources.database, names)
    post = await _insert(resources.database, user_id, new, names)
    await resources.cache.invalidate("posts", f"post:{post['id']}", "stats")
    return Response(
        to_json(post),
        status_code=201,
        headers={"Location": f"/api/posts/{post['id']}"},
        media_type="application/json",
    )


def to_json(value: object) -> bytes:
    """Serialise an answer; times are RFC 3339 in UTC."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


async def _make_tags(database: Database, names: list[str]) -> None:
    """Make the tags that are not there yet, each by itself: somebody else may be at it as well."""
    known = {name for (name,) in await database.read(select(Tag.name).where(Tag.name.in_(names)))}
    for name in names:
        if name not in known:
            # Made meanwhile; or to the database another spelling of one that is there.
            with suppress(IntegrityError):
                await database.write(insert(Tag).values(name=name))


async def _insert(
    database: Database, user_id: int, new: NewPost, names: list[str]
) -> dict[str, Any]:
    """Return the new post, read before the commit: after that, nothing may fail any more."""
    async with database.session() as session, session.begin():
        post = Post(
            title=new.title,
            body=new.body,
            published_at=datetime.now(UTC),
            author_id=user_id,
            tags=list(await session.scalars(select(Tag).where(Tag.name.in_(names)))),
        )
        session.add(post)
        await session.flush()
        rows = await session.execute(ONE, {"id": post.id})
        return post_from(rows.one())
