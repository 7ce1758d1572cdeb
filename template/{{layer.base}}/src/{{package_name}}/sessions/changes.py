"""The changes that a request made to its session, for another try on newer data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Changes:
    """Changes of whole values by name, and what was added to counters."""

    written: Mapping[str, Any]
    removed: frozenset[str]
    added: Mapping[str, int]

    @classmethod
    def between(
        cls, before: Mapping[str, Any], after: Mapping[str, Any], added: Mapping[str, int]
    ) -> Changes:
        """Compare the values that were loaded with those of now.

        Args:
            before: the values as they were loaded.
            after: the values as the request left them.
            added: the sum for each counter. A counter that was also set counts as set.
        """
        counted = {
            name: amount
            for name, amount in added.items()
            if name in after and after[name] == before.get(name, 0) + amount
        }
        written = {
            name: value
            for name, value in after.items()
            if name not in counted and (name not in before or before[name] != value)
        }
        return cls(written, frozenset(before.keys() - after.keys()), counted)

    def apply(self, values: dict[str, Any]) -> None:
        """Make the same changes to newer values."""
        for name in self.removed:
            values.pop(name, None)
        values.update(self.written)
        for name, amount in self.added.items():
            values[name] = values.get(name, 0) + amount
