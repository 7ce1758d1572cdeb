"""Numbers over the whole blog: expensive to make, so made once for everybody."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from ..cached_route import CachedRoute, cached_answer
from ..resources import ResourcesDep
from ..routing import problems
from . import queries
from .posts import to_json
from .schemas import Stats

router = APIRouter(tags=["stats"], route_class=CachedRoute)

TTL = 60.0  # seconds
STALE = 300.0  # seconds


@router.get("/stats", response_model=Stats, responses=problems(503))
async def get_stats(request: Request, resources: ResourcesDep) -> Response:
    """Count posts, authors and tags."""

    async def compute() -> bytes:
        return to_json(await queries.get_stats(resources.database))

    return await cached_answer(
        request, resources, ("stats", "stats"), compute, ttl=TTL, stale=STALE, tags=("stats",)
    )
