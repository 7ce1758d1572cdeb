"""The deployment under test."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

MARGIN = 3.0  # seconds that a busy machine may add to a promised bound


@dataclass(frozen=True)
class Deployment:
    """Where the service is, and what the command line says about it.

    Attributes:
        staleness: seconds for which those without a session may see what a write has replaced.
    """

    base_url: str
    behind_balancer: bool
    processes: int
    shared_cache: bool
    staleness: float
    production: bool

    @property
    def host(self) -> str:
        """The host to connect to."""
        return urlsplit(self.base_url).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        """The port to connect to."""
        return urlsplit(self.base_url).port or 80

    @property
    def authority(self) -> str:
        """What belongs in the Host header."""
        return urlsplit(self.base_url).netloc

    @property
    def tries(self) -> int:
        """How many new connections reach every process, all but certainly."""
        return 8 + 6 * self.processes
