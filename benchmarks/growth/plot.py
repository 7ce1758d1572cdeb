"""One picture of all series."""

from __future__ import annotations

from math import ceil, floor, log10
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from .series import GROWS, PER_REQUEST, REPLICAS, UNITS, Point, Series

COLUMNS = 4
COLOURS = {"fastapi": "#0072b2", "flask": "#d55e00", "django": "#009e73"}  # told apart by everybody


def draw(points: list[Point], note: str, path: Path) -> None:
    """Write the picture as SVG, the same bytes for the same numbers.

    Args:
        points: what was measured.
        note: how, in one line.
        path: of the file.
    """
    times = [point.value for point in points if UNITS[point.series] == PER_REQUEST]
    shown = [series for series in Series if any(point.series is series for point in points)]
    height = -(-len(shown) // COLUMNS)
    with mpl.rc_context({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(4 * COLUMNS, 3.4 * height + 0.8), layout="constrained")
        figure.suptitle(f"What it costs to grow\n{note}", fontsize=11)
        for number, series in enumerate(shown, 1):
            axes = figure.add_subplot(height, COLUMNS, number)
            for framework, colour in COLOURS.items():
                line = sorted(
                    (point.size, point.value)
                    for point in points
                    if (point.series, point.framework) == (series, framework)
                )
                if line:
                    axes.plot(*zip(*line, strict=True), "o-", color=colour, label=framework)
            sizes = sorted({point.size for point in points if point.series is series})
            axes.set_xscale("log")
            axes.set_xticks(sizes, [_short(size) for size in sizes], minor=False)
            axes.minorticks_off()
            if UNITS[series] == PER_REQUEST:
                # The same for all: what does not grow looks like it.
                axes.set_yscale("log")
                axes.set_ylim(10 ** floor(log10(min(times))), 10 ** ceil(log10(max(times))))
                axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            else:
                axes.set_ylim(bottom=0)
                axes.margins(y=0.15)
            if GROWS[series] == REPLICAS:
                axes.plot(sizes, sizes, ":", color="grey", label="as many times as replicas")
            axes.set_xlabel(GROWS[series])
            axes.set_ylabel(UNITS[series])
            axes.set_title(series.value, fontsize=9)
            axes.spines[["top", "right"]].set_visible(False)
        # The last one has every line there is.
        handles, labels = figure.axes[-1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _short(size: int) -> str:
    for factor, letter in ((1_000_000, "M"), (1_000, "k")):
        if size >= factor:
            return f"{size // factor}{letter}"
    return str(size)
