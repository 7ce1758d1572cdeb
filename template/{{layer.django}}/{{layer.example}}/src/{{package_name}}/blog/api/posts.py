"""Posts: a public list, single posts, and publishing."""

from __future__ import annotations

from typing import Annotated, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Path, Router
from ninja.errors import HttpError, ValidationError
from pydantic import Field

from ...cached_answer import cached_answer
from ...service_api import logged_in, problems, to_json
from ...users.models import User
from .. import queries
from ..cursor import LARGEST_ID, decode_cursor
from ..models import Post, Tag
from ..schemas import NewPost, PostOut, PostPage

router = Router(tags=["posts"])

TTL = 60.0  # seconds; a write does not wait for it
STALE = 300.0  # seconds for which an old answer may bridge the making of a new one

Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str, Field(max_length=100)]
PostId = Annotated[int, Field(ge=1, le=LARGEST_ID)]


@router.get("/posts", response=PostPage, openapi_extra=problems(422, 503))
def list_posts(
    request: HttpRequest,
    limit: Limit = 20,
    after: Cursor | None = None,
) -> HttpResponse:
    """List posts, newest first; ``next`` is the cursor for ``after``."""
    try:
        cursor = decode_cursor(after) if after is not None else None
    except ValueError as error:
        raise ValidationError([{"loc": ["query", "after"], "msg": str(error)}]) from None
    return cached_answer(
        request,
        ("posts", f"posts:{limit}:{after or ''}"),
        lambda: to_json(queries.list_posts(limit, cursor)),
        ttl=TTL,
        stale=STALE,
        tags=("posts",),
    )


@router.get("/posts/{post_id}", response=PostOut, openapi_extra=problems(404, 422, 503))
def get_post(request: HttpRequest, post_id: Path[PostId]) -> HttpResponse:
    """Show a post."""

    def compute() -> bytes:
        post = queries.get_post(post_id)
        if post is None:
            raise HttpError(404, "There is no such post.")
        return to_json(post)

    return cached_answer(
        request,
        ("post", f"post:{post_id}"),
        compute,
        ttl=TTL,
        stale=STALE,
        tags=(f"post:{post_id}", "names"),
    )


@router.post(
    "/posts",
    auth=logged_in,
    response={201: PostOut},
    openapi_extra=problems(400, 401, 403, 413, 415, 422, 503),
)
def publish_post(request: HttpRequest, new: NewPost) -> HttpResponse:
    """Publish a post as the logged-in user."""
    names = sorted(set(new.tags))
    with transaction.atomic():
        # Somebody else may make one of the tags at the same moment: whose comes first, counts.
        # Of tags made in bulk no signal tells, but of the post one does (`invalidation`).
        Tag.objects.bulk_create([Tag(name=name) for name in names], ignore_conflicts=True)
        author = cast("User", request.user)
        post = Post.objects.create(title=new.title, body=new.body, author=author)
        post.tags.set(Tag.objects.filter(name__in=names))
        # Read before the commit: after that, nothing may fail any more.
        body = to_json(queries.get_post(post.pk))
    return HttpResponse(
        body,
        status=201,
        headers={"Location": f"/api/posts/{post.pk}"},
        content_type="application/json",
    )
