"""How long to measure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """So many rounds, so many seconds for each contestant in each."""

    rounds: int
    seconds: float

    def __str__(self) -> str:
        if self.rounds == 1:
            return f"one run of {self.seconds:g} s"
        return f"median of {self.rounds} x {self.seconds:g} s"
