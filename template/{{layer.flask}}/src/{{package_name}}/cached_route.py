"""Public answers that depend on their address alone: computed once, kept, and served from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, override

from flask import Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers

from .cache import Entry, Identity
from .http_cache import cache_headers, is_unchanged
from .operation import View
from .resources import Resources, get_resources
from .sessions import has_session_cookie

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

MAX_ADDRESSES = 1024  # per route
MAX_LENGTH = 256  # characters of an address; longer ones are not worth the memory


def cached_route(view: View) -> View:
    """Serve what `cached_answer` made from where this process keeps it.

    To be the outermost decorator but for the route: the request is not checked again, which would
    cost more than all the rest.
    """
    # What an address means never changes; whether its answer is still good, the cache knows.
    known: dict[tuple[str, str], Identity] = {}

    @wraps(view)
    def answered(**arguments: Any) -> ResponseReturnValue:
        environ = request.environ
        address = environ["PATH_INFO"], environ["QUERY_STRING"]
        identity = known.get(address)
        if identity is not None and ("HTTP_COOKIE" not in environ or not has_session_cookie()):
            resources = get_resources()
            entry = resources.cache.kept(identity)
            if entry is not None:
                return _response(environ, entry, resources, has_session=False)
        answer = view(**arguments)
        if "cached_as" in g and sum(map(len, address)) <= MAX_LENGTH:
            if len(known) >= MAX_ADDRESSES:
                known.clear()
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
    resources = get_resources()
    entry = resources.cache.get_or_compute(
        name, key, compute, ttl=ttl, stale=stale, tags=tags, fresh=has_session
    )
    return _response(request.environ, entry, resources, has_session=has_session)


class FinishedResponse(Response):
    """An answer that has all its headers: what they should be is not worked out once more."""

    @override
    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers as they are."""
        return self.headers


def _response(
    environ: WSGIEnvironment, entry: Entry, resources: Resources, *, has_session: bool
) -> Response:
    headers = cache_headers(entry, resources.settings.cache_staleness, has_session=has_session)
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and is_unchanged([known], entry.etag):
        return Response(status=304, headers=headers)
    headers["Content-Type"] = "application/json"
    headers["Content-Length"] = str(len(entry.body))
    return FinishedResponse(entry.body, headers=list(headers.items()))
