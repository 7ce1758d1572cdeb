"""Server-side sessions, in Django's own framework: the browser holds a random id and no more."""

from .cookie import has_session_cookie
from .current import current_session

__all__ = ["current_session", "has_session_cookie"]
