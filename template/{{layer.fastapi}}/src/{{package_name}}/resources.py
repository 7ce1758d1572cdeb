"""What the service holds open while it runs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import structlog
from fastapi import Depends, FastAPI
from starlette.requests import HTTPConnection

from . import metrics, saturation, sessions
from .async_cpu import AsyncCpuPool
from .cache import Cache, open_cache
from .database import Database
from .garbage import tune_collection
from .rate_limit import RateLimiter
from .watchdog import Watchdog

if TYPE_CHECKING:
    from .config import Settings

log = structlog.get_logger(__name__)

EXPIRY_INTERVAL = 600.0  # seconds between two removals of expired sessions


@dataclass(frozen=True)
class Resources:
    """Connections and pools: one of each per worker."""

    settings: Settings
    database: Database
    sessions: sessions.Store
    cache: Cache
    cpu: AsyncCpuPool
    limiter: RateLimiter


def build_resources(settings: Settings) -> Resources:
    """Make what the service needs; nothing connects before it is used."""
    database = Database(settings)
    return Resources(
        settings=settings,
        database=database,
        sessions=sessions.open_store(settings, database),
        cache=open_cache(settings),
        cpu=AsyncCpuPool(settings.cpu_workers, settings.cpu_queue, settings.cpu_time_limit),
        limiter=RateLimiter(settings),
    )


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Watch the event loop and tidy up while the service runs; close everything at the end."""
    resources: Resources = app.state.resources
    settings = resources.settings
    metrics.count_worker()
    resources.database.watch()
    saturation.watch("cpu", resources.cpu.usage)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(resources.database.close)
        stack.push_async_callback(resources.sessions.close)
        stack.push_async_callback(resources.cache.close)
        stack.push_async_callback(resources.limiter.close)
        stack.push_async_callback(asyncio.to_thread, resources.cpu.close, 5.0)
        # Whoever stops at a breakpoint stalls the loop too, and wants to find the worker alive.
        limit = None if settings.environment == "local" else settings.stall_limit
        await stack.enter_async_context(Watchdog(settings.stall_warning, limit))
        expiry = asyncio.create_task(_remove_expired_sessions(resources.sessions))
        stack.callback(expiry.cancel)
        tune_collection()
        yield


async def _remove_expired_sessions(store: sessions.Store) -> None:
    while True:
        # Spread over the interval, so that not all workers do it at the same time.
        await asyncio.sleep(EXPIRY_INTERVAL * random.uniform(0.5, 1.5))
        try:
            if count := await store.delete_expired():
                log.info("expired sessions removed", count=count)
        except Exception as error:  # next time, then
            log.warning("expired sessions not removed", error=repr(error))


async def get_resources(request: HTTPConnection) -> Resources:
    """Give a route the service's connections and pools (a FastAPI dependency).

    A coroutine, though it waits for nothing: FastAPI runs other functions in a thread.
    """
    resources: Resources = request.app.state.resources
    return resources


ResourcesDep = Annotated[Resources, Depends(get_resources)]
