"""Counting in batches, so that requests pay next to nothing for it.

What all workers count is kept in files (`metrics`): each addition takes microseconds, and a request
makes several. To note an addition takes a tenth of that. The watchdog adds up what was noted, some
times a second, and so does whoever is asked for the metrics.
"""

from __future__ import annotations

import collections
from bisect import bisect_left
from threading import Lock

import structlog
from prometheus_client import Counter, Histogram

log = structlog.get_logger(__name__)

MOST = 200  # notes that wait for the watchdog; a thousand of them slow requests down


class BatchHistogram(Histogram):
    """A histogram that takes many values at once."""

    def observe_all(self, values: list[float]) -> None:
        """Observe each of the values; `Histogram.observe` takes them one by one."""
        self._sum.inc(sum(values))
        buckets = collections.Counter(bisect_left(self._upper_bounds, value) for value in values)
        for index, count in buckets.items():
            self._buckets[index].inc(count)


_noted: collections.deque[tuple[Counter | BatchHistogram, float]] = collections.deque()
_adding = Lock()


def note(metric: Counter | BatchHistogram, value: float = 1) -> None:
    """Have a value added to a counter, or observed by a histogram."""
    _noted.append((metric, value))
    if len(_noted) >= MOST:
        add_up()


def add_up() -> None:
    """Add all that was noted to the metrics."""
    values: dict[Counter | BatchHistogram, list[float]] = collections.defaultdict(list)
    with _adding:
        for _ in range(len(_noted)):  # what is noted meanwhile is for the next time
            metric, value = _noted.popleft()
            values[metric].append(value)
        for metric, several in values.items():
            try:
                _add(metric, several)
            except Exception:  # whatever it is, the watchdog has to go on, and so have the others
                log.exception("metric cannot be added up", metric=str(metric))


def _add(metric: Counter | BatchHistogram, values: list[float]) -> None:
    if isinstance(metric, Counter):
        metric.inc(sum(values))
    else:
        metric.observe_all(values)
