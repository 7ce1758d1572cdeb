"""The processes for CPU-heavy functions, for coroutines that wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from .cpu import CpuPool, Job


class AsyncCpuPool(CpuPool):
    """A pool whose jobs can be awaited."""

    async def run[T, *Args](self, function: Callable[[*Args], T], *args: *Args) -> T:
        """Do what `submit` does and wait; when the waiting is cancelled, the job is killed.

        Raises:
            CpuPoolError: or whatever the function raises.
        """
        job = Job(function, args, self._time_limit)
        future: Future[T] = self._submit(job)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            with self._changed:
                job.abandon()
            raise
