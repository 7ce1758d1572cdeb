"""What a run shows on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .comparison import Change
from .figures import StageFigures
from .measured import OVERALL
from .run import Sample
from .summary import Summary
from .verdict import Check, Outcome, shown

SHOWN_FAILURES = 5
MARKS = {Outcome.KEPT: "kept", Outcome.BREACHED: "BREACHED", Outcome.TOO_FEW: "(too few requests)"}
VERDICTS = {
    Outcome.KEPT: "All objectives are kept.",
    Outcome.BREACHED: "NOT GOOD ENOUGH.",
    Outcome.GENERATOR: "NOT JUDGED: it is the load generator that was measured.",
    Outcome.INCOMPLETE: "NOT JUDGED.",
}


def progress(name: str, total: float, sample: Sample) -> str:
    """Return one line about a moment of a run that takes ``total`` seconds."""
    return (
        f"{name}  {_clock(sample.seconds)} of {_clock(total)}  {sample.users} users"
        f"  {sample.throughput:.0f} requests/s  p95 {sample.p95} ms  {sample.failures:.0f} failed/s"
    )


def text(summary: Summary, changes: list[Change], files: list[Path]) -> str:
    """Return the whole report: tables, the verdict and its reasons."""
    lines = ["", f"Load test {summary.profile!r} of {summary.host}", ""]
    if len(summary.stages) > 1:
        lines += [*_stages(summary.stages), ""]
    lines += [*_checks(summary.checks), ""]
    if summary.failures:
        lines += [*_failures(summary.failures), ""]
    for stage in summary.stages[-1:]:
        lines += [f"Generator: {stage.generator}.", ""]
    if changes:
        worse = sum(change.worse for change in changes)
        lines += [f"Of {len(changes)} numbers compared, {worse} are worse than before.", ""]
    lines += [VERDICTS[summary.outcome], *summary.sentences, ""]
    lines += [str(path) for path in files]
    return "\n".join(lines) + "\n"


def _checks(checks: list[Check]) -> list[str]:
    rows = [("", "objective", "limit", "measured", "")]
    rows += [
        (
            check.subject,
            check.objective,
            shown(check.objective, check.limit),
            shown(check.objective, check.measured),
            MARKS[check.outcome],
        )
        for check in checks
    ]
    return _table(rows)


def _stages(stages: list[StageFigures]) -> list[str]:
    header = ("stage", "users", "requests/s", "p50", "p95", "p99", "failed", "")
    return _table([header, *map(_stage, stages)])


def _stage(stage: StageFigures) -> tuple[str, ...]:
    figures = stage.figures[OVERALL]
    return (
        stage.name,
        str(stage.users),
        f"{figures.throughput:,.1f}",
        f"{figures.p50} ms",
        f"{figures.p95} ms",
        f"{figures.p99} ms",
        shown("error_rate", figures.error_rate),
        "generator saturated" if stage.saturated else "",
    )


def _failures(failures: dict[str, int]) -> list[str]:
    most = sorted(failures.items(), key=lambda item: -item[1])
    lines = [f"{count:>7}  {message}" for message, count in most[:SHOWN_FAILURES]]
    more = len(most) - SHOWN_FAILURES
    return ["Failures:", *lines, *([f"         and {more} other kinds"] if more > 0 else [])]


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lay out rows; the first and last columns to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        cells[0], cells[-1] = row[0].ljust(widths[0]), row[-1]
        lines.append("  ".join(cells).rstrip())
    return lines


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
