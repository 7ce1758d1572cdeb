"""Keyset pagination: the cursor names the last row seen, so that a page costs the same anywhere."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

LARGEST_ID = 2**63 - 1


def encode_cursor(published_at: datetime, post_id: int) -> str:
    """Return an opaque cursor for the page after a post."""
    raw = f"{published_at.astimezone(UTC).isoformat()} {post_id}"
    return base64.urlsafe_b64encode(raw.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> tuple[datetime, int]:
    """Return what `encode_cursor` was given.

    Raises:
        ValueError: the cursor is not one of ours.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        moment, number = raw.decode("ascii").split(" ")
        published_at, post_id = datetime.fromisoformat(moment), int(number)
        ours = encode_cursor(published_at, post_id) == cursor
    except (ValueError, OverflowError, binascii.Error):  # overflow: at the ends of the calendar
        ours = False
    if not ours or not 0 < post_id <= LARGEST_ID:
        raise ValueError("not a cursor of this list")
    return published_at, post_id
