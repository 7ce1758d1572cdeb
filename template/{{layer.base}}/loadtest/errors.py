"""What keeps a load test from being run, in one sentence."""

from __future__ import annotations

import sys
from typing import NoReturn


class Unusable(Exception):
    """The load test cannot be run as it was asked for; the message says why, and what to do."""

    def end(self) -> NoReturn:
        """End the process with the message."""
        sys.stderr.write(f"load: {self}\n")
        sys.exit(2)
