"""Asks the dependencies of this service whether they are there, each in a thread of its own.

One that hangs must not take the threads that answer requests, and not those in which the others are
asked. It is not asked again before it has answered: questions would pile up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any

import structlog

from .readiness import Check, NotReady

log = structlog.get_logger(__name__)

TIMEOUT = 1.0  # seconds for all of them, since they are asked at the same time

Ping = Callable[[], None]  # raises what is wrong
Surrounding = Callable[[], AbstractContextManager[Any]]

_askers: dict[str, ThreadPoolExecutor] = {}
_asked: dict[str, tuple[Ping, Future[float]]] = {}  # the last question; seconds that it takes
_lock = Lock()


def ask(pings: Mapping[str, Ping], surrounding: Surrounding, *, optional: str) -> dict[str, Check]:
    """Ask all dependencies, or wait with those who already ask.

    Args:
        surrounding: makes what surrounds a question in its thread, where there is no request.
        optional: the one without which the service is slower, not broken.
    """
    started = time.perf_counter()
    answers = {name: _begin(name, ping, surrounding) for name, ping in pings.items()}
    wait(answers.values(), TIMEOUT)
    checks = {}
    for name, answer in answers.items():
        try:
            checks[name] = Check(status="ok", ms=_milliseconds(answer.result(0)))
        except Exception as error:  # whatever a driver raises, the answer is "no"
            log.warning("dependency does not answer", dependency=name, error=repr(error))
            ms = _milliseconds(time.perf_counter() - started)
            checks[name] = Check(
                status="degraded" if name == optional else "failed",
                ms=ms,
                reason=str(error) if isinstance(error, NotReady) else None,
            )
    return checks


def _begin(name: str, ping: Ping, surrounding: Surrounding) -> Future[float]:
    with _lock:
        asked, answer = _asked.get(name, (None, None))
        if answer is None or asked != ping or answer.done():
            if name not in _askers:
                _askers[name] = ThreadPoolExecutor(1, thread_name_prefix="readiness")
            answer = _askers[name].submit(_ask, ping, surrounding)
            _asked[name] = ping, answer
        return answer


def _ask(ping: Ping, surrounding: Surrounding) -> float:
    started = time.perf_counter()
    with surrounding():
        ping()
    return time.perf_counter() - started


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
