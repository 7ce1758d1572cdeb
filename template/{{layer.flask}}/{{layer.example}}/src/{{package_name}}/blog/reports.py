"""A report: work for the processor, done in another process."""

from __future__ import annotations

from flask import Blueprint, abort

from ..cpu import JobLost, PoolFull, TimeLimitExceeded
from ..digest import digest
from ..errors import Unavailable
from ..operation import operation
from ..resources import get_resources
from .schemas import NewReport, Report

blueprint = Blueprint("reports", __name__)


@blueprint.post("/reports")
@operation(returns=Report, problems=(400, 403, 413, 415, 422, 503, 504))
def make_report(body: NewReport) -> Report:
    """Compute a digest over many rounds."""
    try:
        result = get_resources().cpu.submit(digest, body.rounds).result()
    except PoolFull:
        raise Unavailable("All processes are busy.") from None
    except JobLost:
        raise Unavailable("The process that did the work died.") from None
    except TimeLimitExceeded:
        abort(504, "The report took too long.")
    return Report(digest=result, rounds=body.rounds)
