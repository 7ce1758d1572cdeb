"""Public answers that depend on their address alone: computed once, kept, and served from there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from cachetools import LRUCache
from fastapi import Request, Response

from .cache import Entry, Identity
from .http_cache import cache_headers, is_unchanged
from .resources import Resources
from .routing import JsonRoute
from .sessions import has_session_cookie

MAX_ADDRESSES = 1024  # per route
MAX_LENGTH = 256  # characters of an address; longer ones are not worth the memory


class CachedRoute(JsonRoute):
    """A route whose answers come from ``cached_answer``.

    While this process keeps the answer of an address, it is served without parsing the request
    again, which would cost more than all the rest.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Look among the kept answers first."""
        handler = super().get_route_handler()
        # What an address means never changes; whether its answer is still good, the cache knows.
        known: LRUCache[tuple[str, bytes], Identity] = LRUCache(MAX_ADDRESSES)

        async def answered(request: Request) -> Response:
            address = request.scope["path"], request.scope["query_string"]
            identity = known.get(address)
            if identity is not None and not has_session_cookie(request):
                resources: Resources = request.app.state.resources
                entry = resources.cache.kept(identity)
                if entry is not None:
                    return _response(request, entry, resources)
            response = await handler(request)
            if hasattr(request.state, "cached_as") and sum(map(len, address)) <= MAX_LENGTH:
                known[address] = request.state.cached_as
            return response

        return answered


async def cached_answer(
    request: Request,
    resources: Resources,
    identity: Identity,
    compute: Callable[[], Awaitable[bytes]],
    *,
    ttl: float,
    stale: float,
    tags: Sequence[str],
) -> Response:
    """Answer from the cache; who has a session sees every write at once.

    Args:
        request: the request, which must have no say in the body but by its path and query.
        resources: the service's connections and pools.
        identity: the cache's name, which is the metrics' label, and the key in it.
        compute: makes the body, in a task of its own (``Cache.get_or_compute``).
        ttl: seconds for which the body is good.
        stale: seconds more for which it is still served while it is computed anew.
        tags: the body is dropped when one of them is invalidated.
    """
    name, key = request.state.cached_as = identity
    entry = await resources.cache.get_or_compute(
        name,
        key,
        compute,
        ttl=ttl,
        stale=stale,
        tags=tags,
        fresh=has_session_cookie(request),
    )
    return _response(request, entry, resources)


def _response(request: Request, entry: Entry, resources: Resources) -> Response:
    headers = cache_headers(
        entry, resources.settings.cache_staleness, has_session=has_session_cookie(request)
    )
    if is_unchanged(request.headers.getlist("if-none-match"), entry.etag):
        return Response(status_code=304, headers=headers)
    return Response(entry.body, headers=headers, media_type="application/json")
