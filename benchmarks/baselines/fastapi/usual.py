"""The usual: a session per request, entities with their relations, and a response model."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Annotated, Any

from bench.blog.cursor import decode_cursor, encode_cursor
from bench.blog.models import Post
from bench.blog.schemas import Author
from fastapi import Depends, FastAPI, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, field_validator
from sqlalchemy import make_url, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import selectinload

URL = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg")
# No overflow: opening connections under load would cost more than anything else here.
engine = create_async_engine(URL, pool_size=int(os.environ["DATABASE_POOL_SIZE"]), max_overflow=0)
make_session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


class AuthorOut(Author):
    """An author, read from its entity."""

    model_config = ConfigDict(from_attributes=True)


class PostOut(BaseModel):
    """A post, read from its entity."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    body: str
    published_at: AwareDatetime
    author: AuthorOut
    tags: list[str]

    @field_validator("tags", mode="before")
    @classmethod
    def _names(cls, tags: list[Any]) -> list[str]:
        return sorted(getattr(tag, "name", tag) for tag in tags)


class Page(BaseModel):
    """Some posts, and the cursor of the page that follows."""

    model_config = ConfigDict(from_attributes=True)

    items: list[PostOut]
    next: str | None


async def get_session() -> AsyncIterator[AsyncSession]:
    """Open a session for one request."""
    async with make_session() as session:
        yield session


@app.get("/api/posts", response_model=Page)
async def list_posts(
    session: Annotated[AsyncSession, Depends(get_session)],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: str | None = None,
) -> dict[str, Any]:
    """List posts, newest first."""
    newest = (
        select(Post)
        .options(selectinload(Post.author), selectinload(Post.tags))
        .order_by(Post.published_at.desc(), Post.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        newest = newest.where(tuple_(Post.published_at, Post.id) < decode_cursor(after))
    posts = (await session.scalars(newest)).all()
    more, posts = len(posts) > limit, posts[:limit]
    return {
        "items": posts,
        "next": encode_cursor(posts[-1].published_at, posts[-1].id) if more else None,
    }
