"""Public answers that depend on their address alone: computed once, kept, and served from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from threading import Lock
from typing import Any

from cachetools import LRUCache
from flask import Response, g, request
from flask.typing import ResponseReturnValue

from .cache import Entry, Identity
from .http_cache import cache_headers, is_unchanged
from .operation import View
from .resources import get_resources
from .sessions import has_session_cookie

MAX_ADDRESSES = 1024  # per route


def cached_route(view: View) -> View:
    """Serve what `cached_answer` made from where this process keeps it.

    To be the outermost decorator but for the route: the request is not checked again, which would
    cost more than all the rest.
    """
    # What an address means never changes; whether its answer is still good, the cache knows.
    known: LRUCache[tuple[str, str], Identity] = LRUCache(MAX_ADDRESSES)
    lock = Lock()

    @wraps(view)
    def answered(**arguments: Any) -> ResponseReturnValue:
        address = request.environ["PATH_INFO"], request.environ["QUERY_STRING"]
        with lock:
            identity = known.get(address)
        if identity is not None and not has_session_cookie():
            entry = get_resources().cache.kept(identity)
            if entry is not None:
                return _response(entry, has_session=False)
        answer = view(**arguments)
        if "cached_as" in g:
            with lock:
                known[address] = g.cached_as
        return answer

    return answered


def cached_answer(
    identity: Identity,
    compute: Callable[[], bytes],
    *,
    ttl: float,
    stale: float,
    tags: Sequence[str],
) -> Response:
    """Answer from the cache; who has a session sees every write at once.

    Args:
        identity: the cache's name, which is the metrics' label, and the key in it.
        compute: makes the body; it has an application context, but not always a request.
        ttl: seconds for which the body is good.
        stale: seconds more for which it is still served while it is computed anew.
        tags: the body is dropped when one of them is invalidated.
    """
    name, key = g.cached_as = identity
    has_session = has_session_cookie()
    entry = get_resources().cache.get_or_compute(
        name, key, compute, ttl=ttl, stale=stale, tags=tags, fresh=has_session
    )
    return _response(entry, has_session=has_session)


def _response(entry: Entry, *, has_session: bool) -> Response:
    staleness = get_resources().settings.cache_staleness
    headers = cache_headers(entry, staleness, has_session=has_session)
    if is_unchanged(request.headers.getlist("If-None-Match"), entry.etag):
        return Response(status=304, headers=headers)
    return Response(entry.body, headers=headers, mimetype="application/json")
