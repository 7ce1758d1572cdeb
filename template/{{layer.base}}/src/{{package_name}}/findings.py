"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        mistake: which of the mistakes that hurt scaling it is about.
        good: whether nothing is to be changed.
        advice: what is wrong and what to change, for when it is not.
    """

    mistake: str
    good: bool
    advice: str
