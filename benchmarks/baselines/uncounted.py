"""The service of ``hello.py`` with metrics that count nothing."""

from __future__ import annotations

from typing import Any

from hello import create_app as create_hello
from prometheus_client import Counter, Gauge, Histogram


def create_app() -> Any:
    """Build the service (an application factory)."""
    for kind in (Counter, Gauge, Histogram):
        for method in ("inc", "dec", "set", "observe"):
            if hasattr(kind, method):
                setattr(kind, method, _ignore)
    return create_hello()


def _ignore(*_arguments: Any) -> None:
    """Count nothing."""
