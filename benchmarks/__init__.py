"""How fast a generated service is, as ratios to others that do the same work in the same run."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The servers and the generated project are started by the same code as in the tests.
sys.path.insert(0, str(ROOT / "tests"))
