"""What the keys in the cache server begin with: several services may share it."""

from __future__ import annotations

NAMESPACE = __name__.partition(".")[0]
