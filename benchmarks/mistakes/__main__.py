"""Measure what each of the seven mistakes costs: ``python -m benchmarks.mistakes``."""

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
from ..subject import POSTS, copy_template
from ..subjects import servers, subjects
from . import measures, plot
from .comparison import Comparison, markdown

RESULTS = Path(__file__).parents[1] / "results"


def main() -> int:
    """Measure everything once, write table, numbers and picture, and return the exit code."""
    arguments = _arguments()
    # However it ends, what it has started ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    effort = Effort(arguments.rounds, arguments.seconds)
    started = time.monotonic()
    busy = machine.foreign_load("before").value
    rows: list[Comparison] = []
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mistakes-")))
        template = copy_template(directory / "template")
        for name, subject in subjects(servers(stack), template, arguments.framework or FRAMEWORKS):
            for measure in measures.ALL:
                sys.stderr.write(
                    f"{time.monotonic() - started:4.0f} s  {name}: {measure.__name__}\n"
                )
                rows += measure(subject, effort)
    note = (
        f"{os.cpu_count()} cores shared with PostgreSQL, Redis and the load; {POSTS:,} posts;"
        f" mistakes 1, 5 and 6: {effort}, the others: once;"
        f" {busy:.0f} % of the machine was busy with something else"
    )
    print(markdown(rows))
    print(f"{note}. It took {time.monotonic() - started:.0f} s.")
    write(rows, note, arguments.results)
    return 0


def write(rows: list[Comparison], note: str, directory: Path) -> None:
    """Write the numbers (JSON), the table (Markdown) and the picture (SVG)."""
    directory.mkdir(parents=True, exist_ok=True)
    told = {"note": note, "comparisons": [asdict(row) for row in rows]}
    (directory / "mistakes.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    text = f"# The seven mistakes, measured\n\n{note}.\n\n{markdown(rows)}"
    (directory / "mistakes.md").write_text(text, encoding="utf-8")
    plot.draw(rows, note, directory / "mistakes.svg")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="poe bench-mistakes", description=__doc__)
    parser.add_argument(
        "--framework", action="append", choices=list(FRAMEWORKS), help="only this one"
    )
    parser.add_argument("--rounds", type=int, default=3, help="median of so many (default: 3)")
    parser.add_argument(
        "--seconds", type=float, default=3, help="for each contestant in a round (default: 3)"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help=f"default: {RESULTS}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
