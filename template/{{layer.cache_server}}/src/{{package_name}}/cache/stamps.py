"""What invalidation works by.

Every tag has a random stamp in the cache server; an entry records the stamps that its tags had
before it was computed, and is valid while they are still the present ones. An invalidation removes
the stamp of a tag, and the next computation gives it another one. So an invalidation is never lost,
not even during a computation; and a server without memory for new values can still invalidate.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

STAMP_TTL = 7 * 86400.0  # seconds; without its stamp an entry is not valid, so this is no risk

# A tag that every entry has. Each server has a stamp of its own for it. A replica that becomes the
# primary may lack the newest invalidations, and it has no such stamp: what it inherits is invalid.
EVERYTHING = "*"

Stamps = dict[str, str | None]  # by tag; None: the cache server has none


def new_stamp() -> str:
    """Return a stamp that was never sent before.

    A command that the network delays could otherwise bring an old stamp back, and an old entry.
    """
    return secrets.token_hex(8)


def found_stamps(tags: Iterable[str], found: Iterable[bytes | None]) -> Stamps:
    """Return what the cache server has for the tags."""
    return {
        tag: None if stamp is None else stamp.decode("ascii", "replace")
        for tag, stamp in zip(tags, found, strict=True)
    }
