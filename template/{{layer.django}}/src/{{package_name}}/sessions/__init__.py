"""Server-side sessions, in Django's own framework: the browser holds a random id and no more."""

from .cookie import has_session_cookie

__all__ = ["has_session_cookie"]
