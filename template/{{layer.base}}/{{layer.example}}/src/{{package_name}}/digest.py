"""Something that only a processor can do: the work behind a report."""

from __future__ import annotations

import hashlib

MAX_ROUNDS = 5_000_000  # a few seconds
SEED = b"report"


def digest(rounds: int) -> str:
    """Return the hexadecimal SHA-256 of ``SEED``, hashed ``rounds`` times over.

    Raises:
        ValueError: when ``rounds`` is not in 1..``MAX_ROUNDS``.
    """
    if not 1 <= rounds <= MAX_ROUNDS:
        raise ValueError(f"rounds must be between 1 and {MAX_ROUNDS}")
    value = SEED
    for _ in range(rounds):
        value = hashlib.sha256(value).digest()
    return value.hex()
