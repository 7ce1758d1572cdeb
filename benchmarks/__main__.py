"""Measure what the template generates: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from . import machine, measures, plot, report, template
from .effort import Effort
from .frameworks import FRAMEWORKS
from .subject import copy_template
from .subjects import servers, subjects

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Measure everything once, write table, numbers and picture, and return the exit code."""
    arguments = _arguments()
    # However it ends, what it has started ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    effort = Effort(arguments.rounds, arguments.seconds)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
        copied = copy_template(directory / "template")
        rows = [machine.foreign_load("before")]
        rows += template.rendering(copied, effort, directory)
        rows += template.updating(copied, effort, directory)
        rows += template.first_answer(copied, directory / "first")

        stack.enter_context(machine.on(machine.OTHERS))
        for name, subject in subjects(servers(stack), copied, arguments.framework or FRAMEWORKS):
            for measure in measures.ALL:
                measured = measure(subject, effort)
                rows += [replace(row, subject=name) for row in measured]
    rows.append(machine.foreign_load("after"))
    note = (
        f"{os.cpu_count()} cores, one of them for the worker;"
        f" {effort}; the first answer: once, with uv's cache filled;"
        f" {rows[0].value:.0f} % of the machine was busy with something else"
    )
    print(report.markdown(rows))
    report.write(rows, note, arguments.results)
    plot.draw(rows, note, arguments.results / "services.svg")
    return 1 if arguments.strict and any(row.passed is False for row in rows) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="poe bench", description=__doc__)
    parser.add_argument(
        "--framework", action="append", choices=list(FRAMEWORKS), help="only this one"
    )
    parser.add_argument("--rounds", type=int, default=9, help="median of so many (default: 9)")
    parser.add_argument(
        "--seconds", type=float, default=2, help="for each contestant in a round (default: 2)"
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a target is missed")
    parser.add_argument("--results", type=Path, default=RESULTS, help=f"default: {RESULTS}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
