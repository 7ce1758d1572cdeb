"""Sessions in the database (a ``SESSION_ENGINE``)."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.contrib.sessions.models import Session
from django.db import Error
from django.utils import timezone

from ..database import read
from .store import Store

log = structlog.get_logger(__name__)

BATCH = 500  # expired sessions removed at once: any number of them, and no statement takes long


class SessionStore(Store):
    """Operations that are committed by themselves."""

    down = (Error,)

    def read(self, key: str) -> str | None:
        """Return what is kept, unless it has expired."""
        live = Session.objects.filter(session_key=key, expire_date__gt=timezone.now())
        rows = read(live.values_list("session_data", flat=True))
        return rows[0] if rows else None

    def insert(self, key: str, data: str, lifetime: int) -> None:
        """Keep something new for ``lifetime`` seconds."""
        Session.objects.create(session_key=key, session_data=data, expire_date=_in(lifetime))

    def replace(self, key: str, data: str, lifetime: int) -> bool:
        """Replace what is kept; ``False`` if it is gone, which it then stays."""
        live = Session.objects.filter(session_key=key, expire_date__gt=timezone.now())
        return live.update(session_data=data, expire_date=_in(lifetime)) > 0

    def remove(self, key: str) -> None:
        """Keep it no longer; it may be gone already."""
        Session.objects.filter(session_key=key).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Remove what nobody can use any more."""
        count = 0
        expired = Session.objects.filter(expire_date__lte=timezone.now())
        while keys := list(expired.values_list("session_key", flat=True)[:BATCH]):
            removed, _ = Session.objects.filter(session_key__in=keys).delete()
            count += removed
        if count:
            log.info("expired sessions removed", count=count)


def _in(seconds: int) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
