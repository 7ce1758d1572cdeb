"""One attempt to come by an entry, shared by the threads of this process that may use it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic

from .entry import Entry
from .memory import Identity
from .metrics import Result


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asks for (times in seconds)."""

    identity: Identity
    compute: Callable[[], bytes]
    ttl: float
    stale: float
    tags: Sequence[str]


@dataclass(eq=False, slots=True)
class Flight:
    """The attempt, and from when on its result counts.

    ``since`` is the moment (``time.monotonic``) just before the read or the computation that may
    give the result: every write that was finished by then is in it. None: that lies ahead. It needs
    no lock: the thread that makes the attempt sets it before it looks, so whoever sees the old
    value comes in time to be heeded, or takes the result for older than it is.
    """

    wanted: Wanted
    outcome: Future[tuple[Entry, Result]] = field(default_factory=Future)
    since: float | None = None

    def begin(self) -> None:
        """Note that what follows may give the result."""
        self.since = monotonic()

    def reopen(self) -> None:
        """Note that what was read gave no result."""
        self.since = None

    def outdate(self) -> None:
        """Note that the result, if it is on its way already, may miss a write."""
        if self.since is not None:
            self.since = -math.inf

    def serves(self, moment: float) -> bool:
        """Tell whether the result will hold every write that was finished by then."""
        since = self.since
        return since is None or since > moment
