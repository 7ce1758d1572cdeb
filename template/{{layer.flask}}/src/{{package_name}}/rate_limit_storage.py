"""What the rate limiter counts with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Counters(NamedTuple):
    """Where hits are counted, for the library ``limits``: not connected before the first one."""

    uri: str
    options: dict[str, Any]
    close: Callable[[], object]


IN_PROCESS = Counters("memory://", {}, lambda: None)
