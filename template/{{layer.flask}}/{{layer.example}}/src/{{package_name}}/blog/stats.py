"""Numbers over the whole blog: expensive to make, so made once for everybody."""

from __future__ import annotations

from flask import Blueprint, Response

from ..cached_route import cached_answer, cached_route
from ..operation import operation
from . import queries
from .posts import to_json
from .schemas import Stats

blueprint = Blueprint("stats", __name__)

TTL = 60.0  # seconds
STALE = 300.0  # seconds


@blueprint.get("/stats")
@cached_route
@operation(returns=Stats, problems=(503,))
def get_stats() -> Response:
    """Count posts, authors and tags."""

    def compute() -> bytes:
        return to_json(queries.get_stats())

    return cached_answer(("stats", "stats"), compute, ttl=TTL, stale=STALE, tags=("stats",))
