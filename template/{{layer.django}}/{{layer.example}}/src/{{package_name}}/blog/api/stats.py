"""Numbers over the whole blog: expensive to make, so made once for everybody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from ...cached_answer import cached_answer
from ...service_api import problems, to_json
from .. import queries
from ..schemas import Stats

router = Router(tags=["stats"])

TTL = 60.0  # seconds
STALE = 300.0  # seconds


@router.get("/stats", response=Stats, openapi_extra=problems(503))
def get_stats(request: HttpRequest) -> HttpResponse:
    """Count posts, authors and tags."""
    return cached_answer(
        request,
        ("stats", "stats"),
        lambda: to_json(queries.get_stats()),
        ttl=TTL,
        stale=STALE,
        tags=("stats",),
    )
