"""SQLite keeps every character."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any


def prepare(_cursor: Any) -> str | None:
    """Return why there must be no tables in the database: never."""
    return None


def find_fault(_cursor: Any, _tables: Collection[str]) -> str | None:
    """Return which tables cannot keep every character: none."""
    return None
