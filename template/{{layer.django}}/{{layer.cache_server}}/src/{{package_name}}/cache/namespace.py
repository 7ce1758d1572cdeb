"""What the keys in the cache server begin with: several services may share it."""

from __future__ import annotations

# Django's cache has the prefix and the version, and whatever it is given after them.
NAMESPACE = f"{__name__.partition('.')[0]}:1:answers"
