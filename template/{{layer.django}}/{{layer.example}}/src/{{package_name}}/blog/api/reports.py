"""A report: work for the processor, done where it does not hold up other requests."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router
from ninja.errors import HttpError

from ...cpu import JobLost, PoolFull, TimeLimitExceeded
from ...digest import digest
from ...errors import Unavailable
from ...resources import get_resources
from ...service_api import problems
from ..schemas import NewReport, Report

router = Router(tags=["reports"])


@router.post("/reports", response=Report, openapi_extra=problems(400, 403, 413, 415, 422, 503, 504))
def make_report(request: HttpRequest, new: NewReport) -> Report:
    """Compute a digest over many rounds."""
    try:
        result = get_resources().cpu.submit(digest, new.rounds).result()
    except PoolFull:
        raise Unavailable("All processes are busy.") from None
    except JobLost:
        raise Unavailable("The process that did the work died.") from None
    except TimeLimitExceeded:
        raise HttpError(504, "The report took too long.") from None
    return Report(digest=result, rounds=new.rounds)
