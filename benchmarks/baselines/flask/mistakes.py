"""The generated service, and beside some of its routes the same with one mistake each."""

from __future__ import annotations

from typing import Any, NoReturn

from bench.app import Service
from bench.app import create_app as create_service
from bench.blog import queries
from bench.blog.cursor import decode_cursor, encode_cursor
from bench.blog.models import Post
from bench.blog.posts import to_json
from bench.config import get_settings
from bench.database import db
from bench.digest import digest
from bench.sessions import ServerSessionInterface
from flask import Blueprint, Response, request
from sqlalchemy import select, tuple_
from sqlalchemy.orm import lazyload

blueprint = Blueprint("before", __name__, url_prefix="/api/before")


@blueprint.post("/reports")
def make_report() -> Response:
    """Mistake 1: compute in a thread, which keeps the interpreter from the others."""
    rounds = request.get_json()["rounds"]
    return json_response({"digest": digest(rounds), "rounds": rounds})


@blueprint.get("/stats")
def get_stats() -> Response:
    """Mistake 5: ask the database each time, for each visitor."""
    return json_response(queries.get_stats())


@blueprint.get("/posts")
def list_posts() -> Response:
    """Mistake 6: ask for the author and the tags of each post when they are touched."""
    limit = request.args.get("limit", 20, type=int)
    after = request.args.get("after")
    newest = (
        select(Post)
        .options(lazyload(Post.author), lazyload(Post.tags))
        .order_by(Post.published_at.desc(), Post.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        newest = newest.where(tuple_(Post.published_at, Post.id) < decode_cursor(after))
    posts = db.session.scalars(newest).all()
    more, posts = len(posts) > limit, posts[:limit]
    return json_response(
        {
            "items": [shown(post) for post in posts],
            "next": encode_cursor(posts[-1].published_at, posts[-1].id) if more else None,
        }
    )


@blueprint.get("/crash")
def crash() -> NoReturn:
    """Fail as nobody has foreseen."""
    raise RuntimeError("nobody has foreseen this")


def create_app() -> Service:
    """Build the service (an application factory)."""
    app = create_service()
    app.register_blueprint(blueprint)
    return app


def create_forgetful_app() -> Service:
    """Build the service with mistake 3: its sessions are in the memory of its process."""
    app = create_service()
    app.session_interface = ServerSessionInterface(MemoryStore(), get_settings())
    return app


class MemoryStore:
    """Sessions in a dictionary."""

    def __init__(self) -> None:
        self._data: dict[str, bytes] = {}

    def read(self, key: str) -> bytes | None:
        """Return the data of a session."""
        return self._data.get(key)

    def create(self, key: str, data: bytes, lifetime: int, user: str | None) -> None:
        """Keep a new session."""
        self._data[key] = data

    def update(
        self, key: str, loaded: bytes, data: bytes, lifetime: int | None, user: str | None
    ) -> bytes:
        """Replace the data of a session."""
        self._data[key] = data
        return data

    def delete(self, key: str, user: str | None) -> None:
        """End a session."""
        self._data.pop(key, None)


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
    return Response(to_json(value), mimetype="application/json")
