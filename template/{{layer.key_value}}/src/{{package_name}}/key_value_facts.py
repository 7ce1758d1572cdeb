"""Facts that a key-value server reports about itself."""

from __future__ import annotations


def read_facts(answer: bytes) -> dict[str, str]:
    """Return the fields of an answer to ``INFO`` or ``CLUSTER INFO``."""
    lines = answer.decode(errors="replace").splitlines()
    return {name: value for name, colon, value in (line.partition(":") for line in lines) if colon}
