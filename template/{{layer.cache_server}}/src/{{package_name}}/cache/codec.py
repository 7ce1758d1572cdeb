"""How a cached answer is written to the cache server."""

from __future__ import annotations

import orjson

from .entry import Entry


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
