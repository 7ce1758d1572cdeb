"""What is said at the end: a table, a file, and whether the targets are met."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One number, and what it should be.

    Attributes:
        value: a ratio if ``unit`` is empty.
        least, most: the target; neither: for information.
        subject: the framework, or nothing.
    """

    name: str
    value: float
    unit: str = ""
    least: float | None = None
    most: float | None = None
    subject: str = ""

    @property
    def target(self) -> str:
        """The target in words."""
        if self.least is not None:
            return f"at least {_number(self.least)} {self.unit}".rstrip()
        if self.most is not None:
            return f"at most {_number(self.most)} {self.unit}".rstrip()
        return ""

    @property
    def passed(self) -> bool | None:
        """Whether the target is met; ``None`` if there is none."""
        if self.least is not None:
            return self.value >= self.least
        if self.most is not None:
            return self.value <= self.most
        return None


def markdown(rows: list[Row]) -> str:
    """Return the rows as a table."""
    table = [("measured", "value", "target", ""), ("---", "---:", "---", "---")]
    words = {True: "pass", False: "MISS", None: ""}
    table += [
        (
            f"{row.subject}: {row.name}".removeprefix(": "),
            f"{_number(row.value)} {row.unit}".rstrip(),
            row.target,
            words[row.passed],
        )
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in table)


def write(rows: list[Row], note: str, directory: Path) -> None:
    """Write the numbers (JSON) and the table (Markdown).

    Args:
        rows: what was measured.
        note: how, in one line.
        directory: for the files.
    """
    directory.mkdir(parents=True, exist_ok=True)
    told = {"note": note, "rows": [{**asdict(row), "passed": row.passed} for row in rows]}
    (directory / "services.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    text = f"# The services, measured\n\n{note}.\n\n{markdown(rows)}\n"
    (directory / "services.md").write_text(text, encoding="utf-8")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"
