"""What keeps the service from starting with its stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .config import Settings


def check_stores(_settings: Settings) -> None:
    """Do nothing: the cache may be away, and the sessions are in the database."""
