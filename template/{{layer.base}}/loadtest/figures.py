"""The numbers of a run that are kept, and compared with those of later runs."""

from __future__ import annotations

from pydantic import BaseModel

from .measured import Measured


class Figures(BaseModel):
    """What was measured of an endpoint, or of all, in a stage (milliseconds, a second)."""

    requests: int
    failures: int
    error_rate: float
    throughput: float
    p50: int
    p95: int
    p99: int


class StageFigures(BaseModel):
    """A stage: its figures by endpoint and overall, and whether the generator kept up.

    Attributes:
        began, judged_from, ended: seconds since the start of the run.
    """

    name: str
    users: int
    began: float
    judged_from: float
    ended: float
    judged: bool
    saturated: bool
    generator: str
    figures: dict[str, Figures]


def figures(measured: Measured) -> Figures:
    """Return the numbers that people ask for."""
    return Figures(
        requests=measured.requests,
        failures=measured.failures,
        error_rate=round(measured.error_rate, 6),
        throughput=round(measured.throughput, 2),
        p50=measured.percentile(50),
        p95=measured.percentile(95),
        p99=measured.percentile(99),
    )
