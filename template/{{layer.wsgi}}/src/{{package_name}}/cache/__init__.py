"""Answers kept in the cache server and, for a moment, in this process."""

from .cache import Cache
from .entry import Entry
from .memory import Identity
from .server import open_store
from .store import Store

__all__ = ["Cache", "Entry", "Identity", "Store", "open_store"]
