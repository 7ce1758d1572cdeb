"""HTTP caching (RFC 9111) and conditional requests (RFC 9110, section 13)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .cache.memory import outside

if TYPE_CHECKING:
    from .cache import Entry


def cache_headers(entry: Entry, staleness: float, *, has_session: bool) -> dict[str, str]:
    """Return the headers of an answer from the cache.

    Args:
        entry: body, entity tag, and when it was current.
        staleness: seconds by which all caches between the shared one and the client together may
            be behind; those by which the entry is already are taken off.
        has_session: whether the request carries a session cookie: who may have written something
            asks again each time, and gets the present state.
    """
    if has_session:
        return {"ETag": entry.etag, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
    if staleness < 1:
        return {"ETag": entry.etag, "Cache-Control": "public, no-cache"}
    left = max(0, int(staleness - (time.time() - entry.current)))
    shared = min(outside(staleness), left)
    policy = f"public, max-age={shared}, s-maxage={shared}"
    if left > shared:
        policy += f", stale-while-revalidate={left - shared}"
    return {"ETag": entry.etag, "Cache-Control": policy}


def is_unchanged(if_none_match: list[str], etag: str) -> bool:
    """Tell whether the client has the body already: 304 then.

    Args:
        if_none_match: the values of the request's ``If-None-Match`` headers, compared weakly.
        etag: the body's entity tag.
    """
    tags = [tag.strip() for tag in ",".join(if_none_match).split(",")]
    return "*" in tags or etag in [tag.removeprefix("W/") for tag in tags]
