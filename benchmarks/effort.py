"""How long to measure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """So many rounds, so many seconds for each contestant in each."""

    rounds: int
    seconds: float
