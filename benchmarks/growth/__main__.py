"""Measure what it costs to grow: ``python -m benchmarks.growth``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from .. import machine
from ..effort import Effort
from ..frameworks import FRAMEWORKS
from ..subject import copy_template
from ..subjects import servers, subjects
from . import measures, plot
from .replicas import missing, replicas
from .series import Point, markdown

RESULTS = Path(__file__).parents[1] / "results"


def main() -> int:
    """Measure everything once, write table, numbers and picture, and return the exit code."""
    arguments = _arguments()
    # However it ends, what it has started ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    effort = Effort(arguments.rounds, arguments.seconds)
    frameworks = arguments.framework or list(FRAMEWORKS)
    started = time.monotonic()

    def tell(what: str) -> None:
        sys.stderr.write(f"{time.monotonic() - started:4.0f} s  {what}\n")

    busy = machine.foreign_load("before").value
    points: list[Point] = []
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="growth-")))
        template = copy_template(directory / "template")
        with machine.on(machine.OTHERS), ExitStack() as inner:
            there = servers(inner)
            for name, subject in subjects(there, template, frameworks):
                tell(f"{name}: connections")
                points += measures.connections(subject, effort)
                tell(f"{name}: rows")
                new = there.database.create_database
                points += measures.rows(subject, effort, new, arguments.rows)
        reason = missing()
        for name in [] if reason else frameworks:
            tell(f"{name}: replicas")
            points += replicas(name, template, effort)
    note = (
        f"{os.cpu_count()} cores, one of them for the worker;"
        f" {effort};"
        f" {busy:.0f} % of the machine was busy with something else"
    )
    _write(points, note, arguments.results)
    print(markdown(points))
    print(f"{note}. It took {time.monotonic() - started:.0f} s.")
    if reason:
        print(f"Replicas were not measured: {reason}.")
    return 0


def _write(points: list[Point], note: str, directory: Path) -> None:
    """Write the numbers (JSON), the table (Markdown) and the picture (SVG)."""
    directory.mkdir(parents=True, exist_ok=True)
    told = {"note": note, "points": [asdict(point) for point in points]}
    (directory / "growth.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    text = f"# What it costs to grow\n\n{note}.\n\n{markdown(points)}"
    (directory / "growth.md").write_text(text, encoding="utf-8")
    plot.draw(points, note, directory / "growth.svg")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="poe bench-growth", description=__doc__)
    parser.add_argument(
        "--framework", action="append", choices=list(FRAMEWORKS), help="only this one"
    )
    parser.add_argument("--rounds", type=int, default=1, help="median of so many (default: 1)")
    parser.add_argument(
        "--seconds", type=float, default=2, help="for each number in a round (default: 2)"
    )
    parser.add_argument("--rows", type=int, default=10**6, help="at most (default: 1000000)")
    parser.add_argument("--results", type=Path, default=RESULTS, help=f"default: {RESULTS}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
