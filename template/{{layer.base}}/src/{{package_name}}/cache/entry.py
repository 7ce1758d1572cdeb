"""One cached answer."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Entry:
    """A serialised body and what HTTP has to know of it (times in seconds since the epoch)."""

    body: bytes
    etag: str  # strong, with its quotes
    created: float  # when its computation began: no newer write is in it
    expires: float  # from then on it is stale
    stamps: Mapping[str, str] = field(default_factory=dict)  # of its tags, before the computation
    current: float = field(default=0.0, compare=False)  # when it was seen to miss no write


def new_entry(body: bytes, *, created: float, expires: float, stamps: Mapping[str, str]) -> Entry:
    """Make the entry of a freshly computed ``body``."""
    digest = urlsafe_b64encode(blake2b(body, digest_size=15).digest())
    return Entry(body, f'"{digest.decode()}"', created, expires, stamps, current=created)
