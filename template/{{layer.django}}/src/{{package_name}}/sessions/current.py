"""The session of a request, as what it is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest

if TYPE_CHECKING:
    from .store import Store


def current_session(request: HttpRequest) -> Store:
    """Return ``request.session``, which can do more than Django's own."""
    return cast("Store", request.session)
