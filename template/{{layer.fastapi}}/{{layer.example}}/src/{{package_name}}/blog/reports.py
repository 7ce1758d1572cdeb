"""A report: work for the processor, done where it does not hold up the event loop."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException

from ..cpu import JobLost, PoolFull, TimeLimitExceeded
from ..digest import digest
from ..errors import Unavailable
from ..resources import ResourcesDep
from ..routing import JsonRoute, problems
from .schemas import NewReport, Report

router = APIRouter(tags=["reports"], route_class=JsonRoute)


@router.post("/reports", responses=problems(400, 403, 413, 415, 422, 503, 504))
async def make_report(resources: ResourcesDep, new: NewReport) -> Report:
    """Compute a digest over many rounds."""
    try:
        result = await resources.cpu.run(digest, new.rounds)
    except PoolFull:
        raise Unavailable("All processes are busy.") from None
    except JobLost:
        raise Unavailable("The process that did the work died.") from None
    except TimeLimitExceeded:
        raise HTTPException(504, "The report took too long.") from None
    return Report(digest=result, rounds=new.rounds)
