"""The service of ``hello.py`` with metrics that count nothing."""

from __future__ import annotations

from typing import Any

from bench import tally
from prometheus_client import Counter, Gauge, Histogram


def _ignore(*_arguments: Any) -> None:
    """Count nothing."""


tally.note = _ignore  # before anything imports it

from hello import create_app as create_hello  # noqa: E402


def create_app() -> Any:
    """Build the service (an application factory)."""
    for kind in (Counter, Gauge, Histogram):
        for method in ("inc", "dec", "set", "observe"):
            if hasattr(kind, method):
                setattr(kind, method, _ignore)
    return create_hello()
