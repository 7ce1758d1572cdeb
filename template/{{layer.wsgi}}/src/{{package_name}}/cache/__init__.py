"""Answers that are computed once for all who ask, and kept until a write makes them wrong."""

from .cache import Cache
from .entry import Entry
from .memory import Identity
from .open import open_cache

__all__ = ["Cache", "Entry", "Identity", "open_cache"]
