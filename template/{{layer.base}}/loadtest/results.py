"""Where the results of runs are kept."""

from __future__ import annotations

import sys
from pathlib import Path

from locust.env import Environment
from locust.html import get_html_report

from . import report
from .comparison import Change, compare_capacity, compare_stages
from .conclusion import conclude
from .plot import plot
from .run import Run
from .summary import NAME, Summary, read, summarise
from .verdict import Outcome

DIRECTORY = Path(__file__).parent / "results"  # git ignores it


def finish(run: Run, before: Path | None) -> Outcome:
    """Judge a run, write and print its report.

    Args:
        run: the run.
        before: the summary of a run to compare it with.
    """
    conclusion = conclude(run)
    summary = summarise(run, conclusion)
    changes = _changes(run, read(before), summary) if before else []
    saturated = any(step.health.saturated for step in run.steps)
    conclusion = conclusion.against(changes, saturated=saturated)
    summary = summarise(run, conclusion)
    files = _write(run.environment, summary)
    sys.stdout.write(report.text(summary, changes, files))
    sys.stdout.flush()
    return conclusion.outcome


def _changes(run: Run, before: Summary, now: Summary) -> list[Change]:
    tolerance = run.slo.comparison
    if before.capacity is not None and now.capacity is not None:
        return compare_capacity(before.capacity, now.capacity, tolerance)
    return compare_stages(before.stages, now.stages, tolerance)


def _write(environment: Environment, summary: Summary) -> list[Path]:
    """Write the report, the plot and, last, the summary; return their paths."""
    directory = DIRECTORY / f"{summary.started_at:%Y%m%dT%H%M%S}-{summary.profile}"
    directory.mkdir(parents=True, exist_ok=True)
    html = directory / "report.html"
    html.write_text(get_html_report(environment, show_download_link=False), encoding="utf-8")
    picture = directory / "plot.png"
    plot(summary, picture)
    numbers = directory / NAME
    numbers.write_text(summary.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return [path.relative_to(Path.cwd(), walk_up=True) for path in (html, picture, numbers)]
