"""What the service holds open while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from . import saturation
from .cache import Cache, open_cache
from .cpu import CpuPool
from .database import Database, db
from .rate_limit_counters import open_counters
from .rate_limit_storage import Counters
from .sessions import Expiry
from .sessions import Store as SessionStore
from .sessions import open_store as open_session_store

if TYPE_CHECKING:
    from .config import Settings


@dataclass(frozen=True)
class Resources:
    """Connections and pools: one of each per worker."""

    settings: Settings
    database: Database
    sessions: SessionStore
    cache: Cache
    cpu: CpuPool
    counters: Counters
    expiry: Expiry

    def close(self) -> None:
        """End the jobs and close every connection; needs an application context."""
        self.expiry.stop()
        self.cpu.close()
        self.counters.close()
        self.cache.close()
        self.sessions.close()
        self.database.close()


def install_resources(app: Flask, settings: Settings) -> Resources:
    """Make what the service needs; nothing connects before it is used."""
    db.configure(app, settings)
    store = open_session_store(settings, db)
    resources = Resources(
        settings=settings,
        database=db,
        sessions=store,
        cache=open_cache(settings, app.app_context),
        cpu=CpuPool(settings.cpu_workers, settings.cpu_queue, settings.cpu_time_limit),
        counters=open_counters(settings),
        expiry=Expiry(app, store),
    )
    saturation.watch("cpu", resources.cpu.usage)
    app.extensions["resources"] = resources
    return resources


def get_resources() -> Resources:
    """Return the connections and pools of the present application."""
    return cast(Resources, current_app.extensions["resources"])
