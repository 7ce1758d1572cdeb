"""HTTP caching (RFC 9111) and conditional requests (RFC 9110, section 13)."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from fastapi import Request, Response

from .sessions import has_session_cookie

if TYPE_CHECKING:
    from .cache import Entry


def cached_response(request: Request, entry: Entry, staleness: float) -> Response:
    """Answer with a cached body, or 304 if the client has it.

    Args:
        request: the request, for its ``If-None-Match`` and its cookie.
        entry: body, entity tag, and when it was current.
        staleness: seconds by which all caches between the shared one and the client together may
            be behind; the age that the entry already has is told in ``Age``.
    """
    headers = {"ETag": entry.etag, "Cache-Control": "public, no-cache"}
    if has_session_cookie(request):
        # Who may have written something asks again each time, and gets the present state.
        headers["Cache-Control"] = "private, no-cache"
        headers["Vary"] = "Cookie"
    elif staleness >= 1:
        shared = math.ceil(staleness / 2)
        rest = int(staleness) - shared
        headers["Cache-Control"] = (
            f"public, max-age={shared}, s-maxage={shared}, stale-while-revalidate={rest}"
        )
        headers["Age"] = str(max(0, math.ceil(time.time() - entry.current)))
    if _matches(request.headers.getlist("if-none-match"), entry.etag):
        return Response(status_code=304, headers=headers)
    return Response(entry.body, headers=headers, media_type="application/json")


def _matches(conditions: list[str], etag: str) -> bool:
    """Compare weakly, as ``If-None-Match`` asks."""
    tags = [tag.strip() for tag in ",".join(conditions).split(",")]
    return "*" in tags or etag in [tag.removeprefix("W/") for tag in tags]
