"""CPU-heavy functions run here, in a few child processes, so that they never hold up requests."""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import Pipe
from typing import Any

from . import cpu_child, leftovers

SETTLE = 1.0  # seconds that `close` gives killed jobs to report


class CpuPoolError(Exception):
    """A job has no result."""


class PoolFull(CpuPoolError):
    """No room for another job: nothing was started, the caller may try again later."""


class TimeLimitExceeded(CpuPoolError):
    """The job was not done in time; its process was killed, with all that it had started."""


class JobLost(CpuPoolError):
    """The process that ran the job ended (crash, out of memory, or the pool was closed)."""


class CpuPool:
    """At most ``workers`` jobs run and ``queue`` wait; one more is refused with ``PoolFull``.

    A job is a function that can be imported, with arguments and a result that can be pickled. Keep
    such functions in modules that import little: each child imports what they import.

    ``time_limit`` (seconds) counts from the submission, the waiting included, because that is how
    long a caller waits. Each child is started when first needed (0.1 s), and replaced when its job
    exceeds the limit, when it dies, and after ``jobs_per_child`` jobs (leaks end there).
    """

    def __init__(
        self, workers: int, queue: int, time_limit: float, jobs_per_child: int = 1000
    ) -> None:
        self._capacity = workers + queue
        self._time_limit = time_limit
        self._jobs_per_child = jobs_per_child
        # Each of these threads waits for one child; they, too, are started when first needed.
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="cpu-pool")
        self._changed = threading.Condition()  # guards all below
        self._jobs: set[Job] = set()
        self._idle: list[_Child] = []
        self._closed = False
        self._stopped = False

    def submit[T, *Args](self, function: Callable[[*Args], T], *args: *Args) -> Future[T]:
        """Start ``function(*args)``, or let it wait for a free child.

        Returns:
            A future with the result, the exception of the function, or a ``CpuPoolError``.

        Raises:
            PoolFull: at once.
        """
        return self._submit(Job(function, args, self._time_limit))

    def usage(self) -> tuple[int, int]:
        """Return how many jobs run or wait, and how many may."""
        return len(self._jobs), self._capacity

    def close(self, timeout: float = 5.0) -> None:
        """Refuse new jobs, give the others ``timeout`` seconds, then kill what is left."""
        with self._changed:
            self._closed = True
            self._threads.shutdown(wait=False)
            self._changed.wait_for(lambda: not self._jobs, timeout)
            self._stopped = True
            for job in self._jobs:
                job.abandon()
            self._changed.wait_for(lambda: not self._jobs, SETTLE)
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    def _submit(self, job: Job) -> Future[Any]:
        with self._changed:
            if self._closed:
                raise PoolFull("the pool is closed")
            if len(self._jobs) >= self._capacity:
                raise PoolFull(f"{len(self._jobs)} jobs wait or run already")
            try:
                future = self._threads.submit(self._work, job)
            except RuntimeError as error:  # no thread could be started; the job stays in its queue
                job.abandon()
                raise PoolFull(str(error)) from error
            self._jobs.add(job)
        future.add_done_callback(lambda _: self._forget(job))  # cancelled before it began
        return future

    def _work(self, job: Job) -> Any:
        """Have one job done; runs in one of the threads."""
        try:
            with self._changed:
                if job.abandoned:
                    raise JobLost("nobody waits for it")
            child = self._take_child(job)
            try:
                return child.do(job)
            finally:
                self._return_child(child, job)
        finally:
            # Before the future reports the result: who waited for that may submit at once.
            self._forget(job)

    def _take_child(self, job: Job) -> _Child:
        with self._changed:
            dead = [child for child in self._idle if not child.alive]  # ended between two jobs
            idle = [child for child in self._idle if child not in dead]
            child = idle.pop() if idle else None
            self._idle = idle
        for each in dead:
            each.end()
        if child is None:
            child = _Child(self._time_limit)
        with self._changed:
            job.child = child
            if self._stopped or job.abandoned:
                job.abandon()
        return child

    def _return_child(self, child: _Child, job: Job) -> None:
        with self._changed:
            job.child = None
            keep = not (child.spent or job.abandoned or self._stopped)
            if keep and child.jobs < self._jobs_per_child:
                self._idle.append(child)
                return
        child.end()

    def _forget(self, job: Job) -> None:
        with self._changed:
            self._jobs.discard(job)
            self._changed.notify_all()


class Job:
    """A function to run, its deadline (monotonic clock) and, while it runs, its child."""

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], time_limit: float
    ) -> None:
        self.function = function
        self.args = args
        self.time_limit = time_limit
        self.deadline = time.monotonic() + time_limit
        self.child: _Child | None = None
        self.abandoned = False

    def abandon(self) -> None:
        """Nobody wants the result any more."""
        self.abandoned = True
        if self.child:
            self.child.kill()


class _Child:
    """A process that runs one job at a time, and leads the group of what its jobs start."""

    _numbers = itertools.count()

    def __init__(self, time_limit: float) -> None:
        self._mark = f"{os.getpid()}-{next(self._numbers)}-"
        self.jobs = 0
        self.spent = False  # it may have been killed, or may still be busy: of no further use
        self._connection, theirs = Pipe()
        # A new program, not a fork: locks that other threads hold would stay locked in a fork, and
        # multiprocessing's spawn may import the parent's main module. Its own process group keeps
        # Ctrl-C away from it while it starts.
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", cpu_child.__name__),
                    *(str(theirs.fileno()), str(time_limit)),
                ],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                process_group=0,
                env=os.environ
                | {
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                    leftovers.VARIABLE: self._mark,
                },
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def do(self, job: Job) -> Any:
        """Run the job; raises what its function raises, or a ``CpuPoolError``."""
        name = getattr(job.function, "__qualname__", repr(job.function))
        request = pickle.dumps((job.function, job.args))
        self.jobs += 1
        alarm = threading.Timer(job.deadline - time.monotonic(), self.kill_all)
        alarm.daemon = True
        alarm.start()
        try:
            self._connection.send_bytes(request)
            answer = self._connection.recv_bytes()
        except (EOFError, OSError):
            self.spent = True
            if time.monotonic() >= job.deadline:
                raise TimeLimitExceeded(f"{name} took over {job.time_limit:g} s") from None
            raise JobLost(f"the process that ran {name} ended") from None
        finally:
            alarm.cancel()
            self.spent = self.spent or time.monotonic() >= job.deadline
        try:
            succeeded, value, is_alone = pickle.loads(answer)  # noqa: S301 - from our own child
        except Exception as error:
            self.spent = True
            raise JobLost(f"the process that ran {name} sent no answer") from error
        self.spent = self.spent or not is_alone
        if not succeeded:
            raise value
        return value

    def kill(self) -> None:
        """Kill the process, and the group that it leads; at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """Kill what has left the group, too."""
        self.kill()
        leftovers.end_marked(self._mark)

    def end(self) -> None:
        """Kill the process, with all that it has started, and wait for its end."""
        self._connection.close()
        self.kill_all()
        self._process.wait()
