"""One picture of the services, and of what they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from .report import Row

COLOURS = ("#d55e00", "#0072b2", "#999999")  # told apart by everybody
ROOM = 0.8  # of the place between two frameworks, for the bars of one


@dataclass(frozen=True)
class Panel:
    """Rows that belong side by side: how their names begin, and what the legend says."""

    title: str
    unit: str
    bars: dict[str, str]


PANELS = (
    Panel(
        "The list from the database",
        "requests a second",
        {
            "the usual": "as it is usually written",
            "the service, uncached": "as generated",
            "the limit": "SQL by hand, no framework",
        },
    ),
    Panel(
        "The list from the cache",
        "requests a second",
        {
            "hello, world": "a route that says hello",
            "the list, cached": "as generated",
            "the list, from Redis alone": "without the layer in the process",
        },
    ),
    Panel(
        "What is left of the throughput",
        "share",
        {
            "500 connections / the peak": "on 500 connections",
            "throughput with metrics": "with metrics",
        },
    ),
    Panel(
        "95 % of /healthz within",
        "milliseconds",
        {
            "/healthz p95, CPU pool full": "while reports fill the process pool",
            "/healthz p95, idle": "idle",
        },
    ),
)


def draw(rows: list[Row], note: str, path: Path) -> None:
    """Write the picture as SVG, the same bytes for the same numbers.

    Args:
        rows: what was measured.
        note: how, in one line.
        path: of the file.
    """
    subjects = list(dict.fromkeys(row.subject for row in rows if row.subject))
    with mpl.rc_context({"svg.hashsalt": "services", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(16, 4.2), layout="constrained")
        figure.suptitle(
            f"One worker on one core, and what it is compared with\n{note}", fontsize=11
        )
        for number, panel in enumerate(PANELS, 1):
            axes = figure.add_subplot(1, len(PANELS), number)
            width = ROOM / len(panel.bars)
            for index, (name, label) in enumerate(panel.bars.items()):
                values = [_value(rows, subject, name) for subject in subjects]
                places = [
                    place + (index - (len(panel.bars) - 1) / 2) * width
                    for place in range(len(subjects))
                ]
                bars = axes.bar(places, values, width, color=COLOURS[index], label=label)
                axes.bar_label(bars, [_short(value) for value in values], fontsize=7)
            axes.set_xticks(range(len(subjects)), subjects)
            axes.set_ylabel(panel.unit)
            axes.set_title(panel.title, fontsize=9)
            axes.margins(y=0.12)
            axes.spines[["top", "right"]].set_visible(False)
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), frameon=False, fontsize=8)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _value(rows: list[Row], subject: str, name: str) -> float:
    [value] = [row.value for row in rows if row.subject == subject and row.name.startswith(name)]
    return value


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
