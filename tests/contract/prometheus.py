"""Just enough of the Prometheus text format to read what a service measures."""

from __future__ import annotations

import re

SAMPLE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"
    r"(?:\{(?P<labels>(?:[a-zA-Z_]\w*=\"(?:[^\"\\\n]|\\.)*\",?)*)\})?"
    r" (?P<value>[-+]?(?:\d[\d.eE+-]*|Inf|NaN))(?: -?[\d.]+)?(?: # .*)?"
)
LABEL = re.compile(r"([a-zA-Z_]\w*)=\"((?:[^\"\\\n]|\\.)*)\"")

Sample = tuple[str, dict[str, str], float]


def samples(text: str) -> list[Sample]:
    """Return the name, labels and value of each sample; insist that every line is one."""
    found = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            match = SAMPLE.fullmatch(line)
            assert match, f"not a Prometheus sample: {line!r}"
            labels = dict(LABEL.findall(match["labels"] or ""))
            found.append((match["name"], labels, float(match["value"])))
    return found


def total(text: str, name: str, **labels: str) -> float:
    """Return the sum of the samples of a name that have these labels."""
    return sum(
        value
        for found, having, value in samples(text)
        if found == name and labels.items() <= having.items()
    )
