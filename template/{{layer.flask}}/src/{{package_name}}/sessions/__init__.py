"""Server-side sessions: the browser holds a random id, the data stay here."""

from .expiry import Expiry
from .interface import ServerSessionInterface, has_session_cookie
from .open import open_store
from .session import ServerSession, current_session
from .store import Store, StoreError

__all__ = [
    "Expiry",
    "ServerSession",
    "ServerSessionInterface",
    "Store",
    "StoreError",
    "current_session",
    "has_session_cookie",
    "open_store",
]
