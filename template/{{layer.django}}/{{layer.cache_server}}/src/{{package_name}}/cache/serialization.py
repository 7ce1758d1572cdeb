"""How values are written to a cache server: as JSON, never pickled.

Whoever could write a pickle to the server could run code here.
"""

from __future__ import annotations

from typing import Any

import orjson

_BYTES = b"\0"  # what no JSON begins with


class Serializer:
    """Bytes as they are, whole numbers so that the server can count, all else as JSON."""

    def dumps(self, value: Any) -> bytes:
        """Write a value."""
        return _BYTES + value if isinstance(value, bytes) else orjson.dumps(value)

    def loads(self, data: bytes) -> Any:
        """Read what `dumps` wrote."""
        return data[1:] if data.startswith(_BYTES) else orjson.loads(data)
