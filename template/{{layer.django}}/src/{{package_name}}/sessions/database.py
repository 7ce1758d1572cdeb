"""Sessions in the database (a ``SESSION_ENGINE``)."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.contrib.sessions.models import Session
from django.db import Error
from django.db.models import QuerySet
from django.utils import timezone

from ..config import get_settings
from ..database import read
from .store import Store

log = structlog.get_logger(__name__)

BATCH = 500  # sessions removed at once: any number of them, and no statement takes long
OVERSHOOT = 100  # anonymous sessions that are made between two counts of them, on average

# What the keys of anonymous sessions begin with: the others are hexadecimal. Django's table has no
# other place for it.
ANONYMOUS = "x"


class SessionStore(Store):
    """Operations that are committed by themselves."""

    down = (Error,)

    def ping(self) -> None:
        """Return if sessions can be read."""
        self.read("ping")

    def read(self, key: str) -> str | None:
        """Return what is kept, unless it has expired."""
        rows = read(_live(key).values_list("session_data", flat=True))
        return rows[0] if rows else None

    def insert(self, key: str, data: str, lifetime: int, *, anonymous: bool) -> None:
        """Keep something new for ``lifetime`` seconds; of anonymous ones, not more than a bound."""
        Session.objects.create(
            session_key=_row(key, anonymous), session_data=data, expire_date=_in(lifetime)
        )
        if anonymous and random.random() * get_settings().anonymous_sessions < OVERSHOOT:
            # The session that led here is kept: it must not fail for the sake of others.
            try:
                _remove_surplus()
            except Error as error:
                log.warning("anonymous sessions not removed", error=repr(error))

    def replace(
        self, key: str, loaded: str, data: str, lifetime: int | None, *, anonymous: bool
    ) -> str | None:
        """Replace what is kept if it is as loaded; return what is kept then."""
        values: dict[str, Any] = {"session_data": data}
        if lifetime is not None:
            values["expire_date"] = _in(lifetime)
        return data if _live(key).filter(session_data=loaded).update(**values) else self.read(key)

    def rotate(self, old: str, key: str, data: str, lifetime: int, *, anonymous: bool) -> None:
        """Give what is kept a new key: one statement, so that there never are two."""
        rotated = _rows(old).update(
            session_key=_row(key, anonymous), session_data=data, expire_date=_in(lifetime)
        )
        if not rotated:
            self.insert(key, data, lifetime, anonymous=anonymous)

    def remove(self, key: str) -> None:
        """Keep it no longer; it may be gone already."""
        _rows(key).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Remove what nobody can use any more."""
        count = 0
        expired = Session.objects.filter(expire_date__lte=timezone.now())
        while keys := list(expired.values_list("session_key", flat=True)[:BATCH]):
            removed, _ = Session.objects.filter(session_key__in=keys).delete()
            count += removed
        count += _remove_surplus()
        if count:
            log.info("expired sessions removed", count=count)


def _remove_surplus() -> int:
    """Remove the anonymous sessions beyond the bound that would expire first; return how many."""
    anonymous = Session.objects.filter(session_key__gte=ANONYMOUS)
    surplus = anonymous.count() - get_settings().anonymous_sessions
    oldest = anonymous.order_by("expire_date").values_list("session_key", flat=True)
    count = 0
    while count < surplus and (keys := list(oldest[: min(BATCH, surplus - count)])):
        Session.objects.filter(session_key__in=keys).delete()
        count += len(keys)
    return count


def _row(key: str, anonymous: bool) -> str:
    return ANONYMOUS + key[: -len(ANONYMOUS)] if anonymous else key


def _rows(key: str) -> QuerySet[Session]:
    return Session.objects.filter(session_key__in=[_row(key, False), _row(key, True)])


def _live(key: str) -> QuerySet[Session]:
    return _rows(key).filter(expire_date__gt=timezone.now())


def _in(seconds: int) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
