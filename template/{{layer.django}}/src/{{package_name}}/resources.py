"""What a worker holds open while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from .cache import Cache, open_cache
from .config import get_settings
from .cpu import CpuPool
from .database import own_connection
from .rate_limit import RateLimiter

if TYPE_CHECKING:
    from .config import Settings


@dataclass(frozen=True)
class Resources:
    """Pools and shared state: one of each per worker."""

    settings: Settings
    cache: Cache
    cpu: CpuPool
    limiter: RateLimiter


@cache
def get_resources() -> Resources:
    """Return what this process shares among its threads; nothing is opened before its first use."""
    settings = get_settings()
    return Resources(
        settings=settings,
        cache=open_cache(settings, own_connection),
        cpu=CpuPool(settings.cpu_workers, settings.cpu_queue, settings.cpu_time_limit),
        limiter=RateLimiter(),
    )
