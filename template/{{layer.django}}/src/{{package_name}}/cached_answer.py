"""Public answers that depend on their address alone: computed once, kept, and served from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from .cache import Entry, Identity
from .http_cache import cache_headers, is_unchanged
from .resources import Resources, get_resources
from .routes import pattern, tell_route
from .sessions import has_session_cookie

MAX_ADDRESSES = 4096
MAX_LENGTH = 256  # characters of an address; longer ones are not worth the memory

Address = tuple[str, str]  # path, query

# What an address means never changes; whether its answer is still good, the cache knows.
_known: dict[Address, tuple[Identity, str]] = {}


class KeptAnswersMiddleware:
    """Serves what this process keeps of `cached_answer`, before anybody looks at the request.

    Finding its view, and the view's arguments, would cost more than all the rest.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.resources = get_resources()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a GET whose answer is at hand."""
        if request.method == "GET":
            known = _known.get(_address(request))
            if known is not None and not has_session_cookie(request):
                identity, route = known
                entry = self.resources.cache.kept(identity)
                if entry is not None:
                    tell_route(request, route)
                    return _response(request, entry, self.resources)
        return self.get_response(request)


def cached_answer(
    request: HttpRequest,
    identity: Identity,
    compute: Callable[[], bytes],
    *,
    ttl: float,
    stale: float,
    tags: Sequence[str],
) -> HttpResponse:
    """Answer from the cache; who has a session sees every write at once.

    Args:
        request: the request, which must have no say in the body but by its path and query.
        identity: the cache's name, which is the metrics' label, and the key in it.
        compute: makes the body; it may run in another thread, after this request.
        ttl: seconds for which the body is good.
        stale: seconds more for which it is still served while it is computed anew.
        tags: the body is dropped when one of them is invalidated.
    """
    resources = get_resources()
    name, key = identity
    entry = resources.cache.get_or_compute(
        name,
        key,
        compute,
        ttl=ttl,
        stale=stale,
        tags=tags,
        fresh=has_session_cookie(request),
    )
    address = _address(request)
    if request.resolver_match is not None and sum(map(len, address)) <= MAX_LENGTH:
        if len(_known) >= MAX_ADDRESSES:
            _known.clear()
        _known[address] = identity, pattern(request.resolver_match.route)
    return _response(request, entry, resources)


def _address(request: HttpRequest) -> Address:
    return request.META["PATH_INFO"], request.META.get("QUERY_STRING", "")


def _response(request: HttpRequest, entry: Entry, resources: Resources) -> HttpResponse:
    headers = cache_headers(
        entry, resources.settings.cache_staleness, has_session=has_session_cookie(request)
    )
    if_none_match = request.META.get("HTTP_IF_NONE_MATCH")
    if if_none_match is not None and is_unchanged([if_none_match], entry.etag):
        response = HttpResponse(status=304, headers=headers)
        del response.headers["Content-Type"]
        return response
    return HttpResponse(entry.body, headers=headers, content_type="application/json")
