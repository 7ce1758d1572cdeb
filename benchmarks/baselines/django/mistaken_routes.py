"""Routes with one mistake each."""

from __future__ import annotations

from typing import Any, NoReturn

from bench.blog import queries
from bench.blog.cursor import decode_cursor, encode_cursor
from bench.blog.models import Post
from bench.blog.schemas import NewReport, Report
from bench.digest import digest
from bench.service_api import to_json
from django.db.models import FETCH_ONE, Q
from django.http import HttpRequest, HttpResponse
from ninja import Router

router = Router()


@router.post("/reports", response=Report)
def make_report(request: HttpRequest, new: NewReport) -> Report:
    """Mistake 1: compute in a thread, which keeps the interpreter from the others."""
    return Report(digest=digest(new.rounds), rounds=new.rounds)


@router.get("/stats")
def get_stats(request: HttpRequest) -> HttpResponse:
    """Mistake 5: ask the database each time, for each visitor."""
    return json_response(queries.get_stats())


@router.get("/posts")
def list_posts(request: HttpRequest, limit: int = 20, after: str | None = None) -> HttpResponse:
    """Mistake 6: ask for the author and the tags of each post when they are touched."""
    newest = Post.objects.fetch_mode(FETCH_ONE).order_by("-published_at", "-id")
    if after is not None:
        moment, post_id = decode_cursor(after)
        older = Q(published_at__lt=moment) | Q(id__lt=post_id)
        newest = newest.filter(older, published_at__lte=moment)
    posts = list(newest[: limit + 1])
    more, posts = len(posts) > limit, posts[:limit]
    following = encode_cursor(posts[-1].published_at, posts[-1].id) if more else None
    return json_response({"items": [shown(post) for post in posts], "next": following})


@router.get("/crash")
def crash(request: HttpRequest) -> NoReturn:
    """Fail as nobody has foreseen."""
    raise RuntimeError("nobody has foreseen this")


def shown(post: Post) -> dict[str, Any]:
    """Return a post as the API shows it; this takes two statements."""
    return {
        "id": post.id,
        "title": post.title,
        "body": post.body,
        "published_at": post.published_at,
        "author": {"id": post.author.id, "name": post.author.name},
        "tags": sorted(tag.name for tag in post.tags.all()),
    }


def json_response(value: object) -> HttpResponse:
    """Answer with JSON, serialised as the service does it."""
    return HttpResponse(to_json(value), content_type="application/json")
