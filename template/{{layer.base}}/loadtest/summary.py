"""What a run leaves for programs to read: the next run, ``poe doctor``, a pipeline."""

from __future__ import annotations

import platform
import re
from datetime import datetime
from pathlib import Path

import locust
from locust.stats import StatsError
from pydantic import BaseModel, ConfigDict, ValidationError

from .conclusion import Conclusion
from .errors import Unusable
from .figures import StageFigures, figures
from .run import Run, Sample
from .verdict import Check, Outcome

NAME = "summary.json"


class Summary(BaseModel):
    """A run; ``outcome`` is good only if it is "kept".

    Attributes:
        chosen: the options by which only some of the users, or of their tasks, ran; None if that
            is not known, since the load tests were of an older version.
    """

    model_config = ConfigDict(extra="ignore")

    profile: str
    host: str
    chosen: dict[str, list[str]] | None = None
    started_at: datetime
    seconds: float
    outcome: Outcome
    sentences: list[str]
    capacity: float | None
    checks: list[Check]
    stages: list[StageFigures]
    failures: dict[str, int]
    samples: list[Sample]
    versions: dict[str, str]


def summarise(run: Run, conclusion: Conclusion) -> Summary:
    """Return all that is worth keeping of a run."""
    return Summary(
        profile=run.name,
        host=run.environment.host or "",
        chosen=run.chosen,
        started_at=run.started_at,
        seconds=round(run.seconds, 1),
        outcome=conclusion.outcome,
        sentences=conclusion.sentences,
        capacity=conclusion.capacity,
        checks=conclusion.checks,
        stages=[
            StageFigures(
                name=step.stage.name,
                users=step.stage.users,
                began=round(step.began, 1),
                judged_from=round(step.judged_from, 1),
                ended=round(step.ended, 1),
                judged=step.stage.judged,
                saturated=step.health.saturated,
                generator=step.health.describe(step.throughput),
                figures={name: figures(measured) for name, measured in step.measured.items()},
            )
            for step in run.steps
        ],
        failures={
            f"{error.method} {error.name}: {_words(error)}": error.occurrences
            for error in run.environment.stats.errors.values()
        },
        samples=run.samples,
        versions={"locust": locust.__version__, "python": platform.python_version()},
    )


def _words(error: StatsError) -> str:
    """Return what went wrong, without the name of Locust's exception around it."""
    return re.sub(r"^CatchResponseError\('(.*)'\)$", r"\1", error.parse_error(error.error))


def read(path: Path) -> Summary:
    """Read the summary of an earlier run.

    Raises:
        Unusable: if it is none.
    """
    try:
        return Summary.model_validate_json(path.read_bytes())
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from None
    except ValidationError:
        raise Unusable(f"{path} is not the summary of a load test") from None


def last_kept(results: Path, profile: str, host: str, tags: list[str]) -> Path | None:
    """Return the newest summary of a run like this one that kept all its objectives.

    Args:
        results: where the runs have their directories.
        profile: what both go through.
        host: the service that both ask: another one is on another machine, or has other data.
        tags: of the tasks of both; what others do takes another time. A run of which that is not
            known is not taken: it would be better to have nothing to compare with than the wrong.
    """
    chosen = {"tags": sorted(tags)} if tags else {}
    for path in sorted(results.glob(f"*/{NAME}"), reverse=True):
        try:
            earlier = read(path)
        except Unusable:
            continue  # cut off while it was written
        alike = (earlier.profile, earlier.host, earlier.chosen) == (profile, host, chosen)
        if alike and earlier.outcome is Outcome.KEPT:
            return path
    return None
