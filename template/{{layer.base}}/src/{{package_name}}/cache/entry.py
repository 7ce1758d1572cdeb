"""One cached answer, and how it is written to the cache server."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import orjson


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


def encode(entry: Entry) -> bytes:
    """Write ``entry`` as one line of JSON, then the body as it is."""
    header = [entry.etag, entry.created, entry.expires, entry.stamps]
    return orjson.dumps(header) + b"\n" + entry.body


def decode(data: bytes, *, current: float) -> Entry | None:
    """Read what ``encode`` wrote; None if it is something else."""
    header, newline, body = data.partition(b"\n")
    try:
        etag, created, expires, stamps = orjson.loads(header)
        if newline and isinstance(etag, str) and isinstance(stamps, dict):
            return Entry(body, etag, float(created), float(expires), stamps, current)
    except (TypeError, ValueError):
        pass
    return None
