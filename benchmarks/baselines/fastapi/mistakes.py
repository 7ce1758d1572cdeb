"""The generated service, and beside some of its routes the same with one mistake each."""

from __future__ import annotations

from typing import Annotated, Any

from bench import sessions
from bench.app import Service
from bench.app import create_app as create_service
from bench.blog import queries
from bench.blog.cursor import decode_cursor, encode_cursor
from bench.blog.models import Post
from bench.blog.posts import to_json
from bench.blog.schemas import NewReport, Report
from bench.digest import digest
from bench.resources import ResourcesDep
from fastapi import APIRouter, Query, Response
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, lazyload

router = APIRouter(prefix="/api/before")


@router.post("/reports")
async def make_report(new: NewReport) -> Report:
    """Mistake 1: compute in the event loop."""
    return Report(digest=digest(new.rounds), rounds=new.rounds)


@router.get("/stats")
async def get_stats(resources: ResourcesDep) -> Response:
    """Mistake 5: ask the database each time, for each visitor."""
    return json_response(await queries.get_stats(resources.database))


@router.get("/posts")
async def list_posts(
    resources: ResourcesDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: str | None = None,
) -> Response:
    """Mistake 6: ask for the author and the tags of each post when they are touched."""
    newest = (
        select(Post)
        .options(lazyload(Post.author), lazyload(Post.tags))
        .order_by(Post.published_at.desc(), Post.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        newest = newest.where(tuple_(Post.published_at, Post.id) < decode_cursor(after))

    def load(session: Session) -> dict[str, Any]:
        posts = session.scalars(newest).all()
        more, posts = len(posts) > limit, posts[:limit]
        return {
            "items": [shown(post) for post in posts],
            "next": encode_cursor(posts[-1].published_at, posts[-1].id) if more else None,
        }

    async with resources.database.session() as session:
        return json_response(await session.run_sync(load))


@router.get("/crash")
async def crash() -> None:
    """Fail as nobody has foreseen."""
    raise RuntimeError("nobody has foreseen this")


def create_app() -> Service:
    """Build the service (an application factory)."""
    app = create_service()
    app.include_router(router)
    return app


def create_forgetful_app() -> Service:
    """Build the service with mistake 3: its sessions are in the memory of its process."""
    sessions.open_store = lambda *_: MemoryStore()
    return create_service()


class MemoryStore:
    """Sessions in a dictionary."""

    def __init__(self) -> None:
        self._data: dict[str, bytes] = {}

    async def read(self, key: str) -> bytes | None:
        """Return the data of a session."""
        return self._data.get(key)

    async def create(self, key: str, data: bytes, lifetime: int, user: str | None) -> None:
        """Keep a new session."""
        self._data[key] = data

    async def update(
        self, key: str, loaded: bytes, data: bytes, lifetime: int | None, user: str | None
    ) -> bytes:
        """Replace the data of a session."""
        self._data[key] = data
        return data

    async def delete(self, key: str, user: str | None) -> None:
        """End a session."""
        self._data.pop(key, None)

    async def ping(self) -> None:
        """Return: it is always there."""

    async def close(self) -> None:
        """Forget everything."""
        self._data.clear()


def shown(post: Post) -> dict[str, Any]:
    """Return a post as the API shows it; two statements, unless the author is known already."""
    return {
        "id": post.id,
        "title": post.title,
        "body": post.body,
        "published_at": post.published_at,
        "author": {"id": post.author.id, "name": post.author.name},
        "tags": sorted(tag.name for tag in post.tags),
    }


def json_response(value: object) -> Response:
    """Answer with JSON, serialised as the service does it."""
    return Response(to_json(value), media_type="application/json")
