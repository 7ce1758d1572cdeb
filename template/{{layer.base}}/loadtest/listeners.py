"""What is done at Locust's events: watch the generator, show progress, judge."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import gevent
from locust import runners, stats
from locust.env import Environment
from locust.runners import LocalRunner, WorkerRunner

from . import generator, report
from .conclusion import exit_code
from .generator import Pulse
from .results import finish
from .shape import Course
from .verdict import Outcome

QUIET_STEP = 10  # seconds between two lines of progress, where none can be overwritten

# Locust's own intervals, in seconds: stages of ten seconds need numbers of one.
runners.WORKER_REPORT_INTERVAL = generator.INTERVAL
stats.HISTORY_STATS_INTERVAL_SEC = 1


def install(environment: Environment) -> None:
    """Listen to the events of a run, as far as they concern this process."""
    runner = environment.runner
    if isinstance(runner, (LocalRunner, WorkerRunner)):
        _watch_this_process(environment)
    if not isinstance(runner, WorkerRunner) and isinstance(environment.shape_class, Course):
        Judge(environment, environment.shape_class).install()


def _watch_this_process(environment: Environment) -> None:
    pulse = Pulse()
    gevent.spawn(pulse.beat)

    def report_to_master(data: dict[str, Any], **_: object) -> None:
        data["generator"] = pulse.report()

    environment.events.report_to_master.add_listener(report_to_master)
    if isinstance(environment.runner, LocalRunner) and isinstance(environment.shape_class, Course):
        course = environment.shape_class

        def hear() -> None:
            heard = pulse.report()
            if course.run:
                course.run.hear("local", heard)

        gevent.spawn(generator.every, generator.INTERVAL, hear)


class Judge:
    """Follows the runs of a process that has the statistics of all."""

    def __init__(self, environment: Environment, course: Course) -> None:
        self._environment = environment
        self._course = course
        self._sampler: gevent.Greenlet[..., Any] | None = None

    def install(self) -> None:
        """Listen to the events of the runs."""
        # Until a run has been judged: whatever goes wrong, it is not good.
        self._environment.process_exit_code = exit_code(Outcome.INCOMPLETE)
        events = self._environment.events
        events.test_start.add_listener(self._start)
        events.worker_report.add_listener(self._hear)
        events.test_stop.add_listener(self._stop)

    def _start(self, **_: object) -> None:
        self._sampler = gevent.spawn(generator.every, 1.0, self._sample)

    def _hear(self, client_id: str, data: dict[str, Any], **_: object) -> None:
        if self._course.run and "generator" in data:
            self._course.run.hear(client_id, data["generator"])

    def _sample(self) -> None:
        run = self._course.run
        if run and (sample := run.sample()):
            line = report.progress(run.name, run.profile.seconds, sample)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\033[K{line}")
            elif len(run.samples) % QUIET_STEP == 0:
                sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    def _stop(self, **_: object) -> None:
        if self._sampler:
            self._sampler.kill()
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")
        run, self._course.run = self._course.run, None
        if run:
            options = self._environment.parsed_options
            before = getattr(options, "compare", None)
            outcome = finish(run, Path(before) if before else None)
            self._environment.process_exit_code = exit_code(outcome)
