"""Numbers over the whole blog: expensive to make, so made once for everybody."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from ..http_cache import cached_response
from ..resources import ResourcesDep
from ..routing import problems
from ..sessions import has_session_cookie
from . import queries
from .posts import to_json
from .schemas import Stats

router = APIRouter(tags=["stats"])

TTL = 60.0  # seconds
STALE = 300.0  # seconds


@router.get("/stats", response_model=Stats, responses=problems(503))
async def get_stats(request: Request, resources: ResourcesDep) -> Response:
    """Count posts, authors and tags."""

    async def compute() -> bytes:
        return to_json(await queries.get_stats(resources.database))

    entry = await resources.cache.get_or_compute(
        "stats",
        "stats",
        compute,
        ttl=TTL,
        stale=STALE,
        tags=("stats",),
        fresh=has_session_cookie(request),
    )
    return cached_response(request, entry, resources.settings.cache_staleness)
