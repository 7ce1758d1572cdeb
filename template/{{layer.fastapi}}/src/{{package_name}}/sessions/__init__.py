"""Server-side sessions: the browser holds a random id, the data stay here."""

from .middleware import SessionMiddleware, has_session_cookie, load_session
from .open import open_store
from .session import Session
from .store import Store, StoreError

__all__ = [
    "Session",
    "SessionMiddleware",
    "Store",
    "StoreError",
    "has_session_cookie",
    "load_session",
    "open_store",
]
