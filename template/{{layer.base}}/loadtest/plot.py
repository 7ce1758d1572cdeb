"""Latency and throughput over the time of a run, as a picture."""

from __future__ import annotations

from pathlib import Path

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .summary import Summary

INCHES = (11, 7)


def plot(summary: Summary, path: Path) -> None:
    """Draw the run as a PNG file."""
    seconds = [sample.seconds for sample in summary.samples]
    figure = Figure(figsize=INCHES, layout="constrained")
    latency, traffic = figure.subplots(2, 1, sharex=True)
    figure.suptitle(f"{summary.profile} on {summary.host}: {summary.outcome}")

    for name, colour in (("p50", "tab:green"), ("p95", "tab:orange"), ("p99", "tab:red")):
        values = [getattr(sample, name) for sample in summary.samples]
        latency.plot(seconds, values, color=colour, label=name)
    for check in summary.checks:
        if check.subject == "overall" and check.objective == "p95":
            latency.axhline(check.limit, color="tab:orange", linestyle=":", label="objective p95")
    latency.set_ylabel("milliseconds")
    latency.set_ylim(bottom=0)

    good = [sample.throughput for sample in summary.samples]
    failed = [sample.failures for sample in summary.samples]
    traffic.plot(seconds, good, color="tab:blue", label="answered")
    traffic.fill_between(seconds, failed, color="tab:red", label="failed")
    traffic.set_ylabel("requests a second")
    traffic.set_xlabel("seconds")
    traffic.set_ylim(bottom=0)
    users = traffic.twinx()
    count = [sample.users for sample in summary.samples]
    users.plot(seconds, count, color="tab:gray", linestyle="--", label="users")
    users.set_ylabel("users")
    users.set_ylim(bottom=0)

    for axes in (latency, traffic):
        axes.grid(alpha=0.3)
        for stage in summary.stages:
            end = stage.judged_from if stage.judged else stage.ended
            axes.axvspan(stage.began, end, color="tab:gray", alpha=0.15, label="not judged")
    _legend(latency)
    _legend(traffic, users)
    figure.savefig(path, dpi=110)


def _legend(*axes: Axes) -> None:
    """Name the lines above the picture, each once, where they hide nothing."""
    found: dict[str, Artist] = {}
    for one in axes:
        handles, labels = one.get_legend_handles_labels()
        found |= dict(zip(labels, handles, strict=True))
    axes[0].legend(
        list(found.values()),
        list(found),
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=len(found),
        frameon=False,
    )
