"""The usual: a scoped session, entities with their relations, and ``jsonify``."""

from __future__ import annotations

import os
from typing import Any

from bench.blog.cursor import decode_cursor, encode_cursor
from bench.blog.models import Post
from flask import Flask, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider
from sqlalchemy import create_engine, make_url, select, tuple_
from sqlalchemy.orm import scoped_session, selectinload, sessionmaker

URL = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg")
engine = create_engine(URL, pool_size=int(os.environ["DATABASE_POOL_SIZE"]), max_overflow=0)
session = scoped_session(sessionmaker(engine))


class IsoTimes(DefaultJSONProvider):
    """Times as RFC 3339: Flask's own are those of HTTP headers."""

    sort_keys = False

    @staticmethod
    def default(value: Any) -> Any:
        """Write what JSON does not know."""
        return value.isoformat().replace("+00:00", "Z")


app = Flask(__name__)
app.json = IsoTimes(app)


@app.teardown_appcontext
def close_session(_error: BaseException | None) -> None:
    """Give the connection back."""
    session.remove()


@app.get("/api/posts")
def list_posts() -> Response:
    """List posts, newest first."""
    limit = request.args.get("limit", 20, type=int)
    after = request.args.get("after")
    newest = (
        select(Post)
        .options(selectinload(Post.author), selectinload(Post.tags))
        .order_by(Post.published_at.desc(), Post.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        newest = newest.where(tuple_(Post.published_at, Post.id) < decode_cursor(after))
    posts = session.scalars(newest).all()
    more, posts = len(posts) > limit, posts[:limit]
    return jsonify(
        items=[
            {
                "id": post.id,
                "title": post.title,
                "body": post.body,
                "published_at": post.published_at,
                "author": {"id": post.author.id, "name": post.author.name},
                "tags": sorted(tag.name for tag in post.tags),
            }
            for post in posts
        ],
        next=encode_cursor(posts[-1].published_at, posts[-1].id) if more else None,
    )
