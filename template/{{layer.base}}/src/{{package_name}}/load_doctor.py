"""Whether the service was load-tested, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from .findings import Finding

MISTAKE = "never load-tested"


def examine(project: Path) -> Iterator[Finding]:
    """Yield what the last run of `poe load` in the directory of a project says.

    A deployed service has no load tests beside it, and nothing to say.
    """
    tests = project / "loadtest"
    if not tests.is_dir():
        return
    summaries = sorted(tests.glob("results/*/summary.json"))  # their names begin with the time
    if not summaries:
        yield Finding(MISTAKE, False, "nobody knows its limits: run `poe load`")
        return
    try:
        summary = json.loads(summaries[-1].read_bytes())
        good = summary["outcome"] == "kept"
        said = " ".join([f"{summary['profile']}, {summary['outcome']}.", *summary["sentences"]])
    except (OSError, ValueError, LookupError, TypeError):
        good, said = False, "its summary cannot be read"
    yield Finding(MISTAKE, good, f"mend what the last load test found: {said}")
