"""One picture of all mistakes."""

from __future__ import annotations

from math import floor, log10
from pathlib import Path
from textwrap import fill

import matplotlib as mpl
from matplotlib.figure import Figure

from .comparison import LESS_IS_BETTER, Comparison, Measure

COLUMNS = 4
BEFORE, AFTER = "#d55e00", "#0072b2"  # told apart by everybody
WIDTH = 0.38  # of a bar; two stand for each framework
UNITS = {"/s": "requests a second", "ms": "milliseconds", "%": "%"}
FAR = 10  # times as large: then a line that grows by factors shows both


def draw(rows: list[Comparison], note: str, path: Path) -> None:
    """Write the picture as SVG, the same bytes for the same numbers.

    Args:
        rows: what was measured.
        note: how, in one line.
        path: of the file.
    """
    measures = [measure for measure in Measure if any(row.measure is measure for row in rows)]
    height = -(-len(measures) // COLUMNS)
    with mpl.rc_context({"svg.hashsalt": "mistakes", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(4 * COLUMNS, 3.6 * height + 0.8), layout="constrained")
        figure.suptitle(f"The seven mistakes, and what is generated instead\n{note}", fontsize=11)
        for number, measure in enumerate(measures, 1):
            axes = figure.add_subplot(height, COLUMNS, number)
            shown = [row for row in rows if row.measure is measure]
            for offset, name, colour in (
                (-WIDTH / 2, "before", BEFORE),
                (WIDTH / 2, "after", AFTER),
            ):
                places = [place + offset for place in range(len(shown))]
                values = [getattr(row, name) for row in shown]
                label = "with the mistake" if name == "before" else "as generated"
                bars = axes.bar(places, values, WIDTH, color=colour, label=label)
                axes.bar_label(bars, [_short(value) for value in values], fontsize=8)
            values = [value for row in shown for value in (row.before, row.after)]
            unit = shown[0].unit
            if unit == "%":
                axes.set_ylim(0, 115)
            elif min(values) > 0 and max(values) > FAR * min(values):
                axes.set_yscale("log")
                axes.set_ylim(10 ** floor(log10(min(values))), 3 * max(values))
            else:
                axes.margins(y=0.15)
            axes.set_xticks(range(len(shown)), [row.framework for row in shown])
            scale = " (logarithmic)" if axes.get_yscale() == "log" else ""
            axes.set_ylabel(UNITS[unit] + scale)
            better = "less" if measure in LESS_IS_BETTER else "more"
            axes.set_title(fill(f"{measure} ({better} is better)", 44), fontsize=9)
            axes.spines[["top", "right"]].set_visible(False)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
