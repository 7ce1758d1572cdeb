"""Every project keeps the service contract, served by two processes on real servers."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from .conftest import STALENESS
from .service import Project

SUITE = Path(__file__).parents[1] / "contract"
# By itself: without what the tests of the template import.
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--confcutdir={SUITE}"]
OPTIONS = ["--production", "--processes=2", f"--staleness={STALENESS}"]


def test_contract(
    framework: str,
    database: str,
    cache: str,
    generate: Callable[..., Project],
    production: Callable[..., Project],
) -> None:
    project = production(
        generate(framework=framework, database=database, cache=cache), database, cache
    )
    project.seed()
    shared = "--no-shared-cache" if cache == "none" else "--shared-cache"
    with project.serve() as service:
        done = subprocess.run(
            [*PYTEST, SUITE, f"--base-url={service.url}", *OPTIONS, shared],
            capture_output=True,
            text=True,
            timeout=900,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d\d+ passed", done.stdout), done.stdout
