"""The cookie that holds a session's id."""

from __future__ import annotations

import re
import secrets

from django.conf import settings
from django.http import HttpRequest

ID = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 random bits in URL-safe base64


def new_id() -> str:
    """Return an id that nobody can guess."""
    return secrets.token_urlsafe(32)


def session_id(request: HttpRequest) -> str | None:
    """Return the id that the visitor sent, if it has the form of one."""
    if "HTTP_COOKIE" not in request.META:
        return None
    value = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return value if ID.fullmatch(value) else None


def has_session_cookie(request: HttpRequest) -> bool:
    """Tell whether the visitor has a session, without looking it up."""
    return session_id(request) is not None
