"""Changes to the files of a generated project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """A text that takes another's place in a file, where it stands once."""

    file: str
    old: str
    new: str

    def make(self, project: Path) -> None:
        """Change the file."""
        path = project / self.file
        text = path.read_text(encoding="utf-8")
        assert text.count(self.old) == 1, f"{self.file} does not have once: {self.old}"
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


PACKAGE = "src/my_service"
VISIT = '    session.increment("visits")\n'

SLEEP = Change(
    f"{PACKAGE}/blog/login.py",
    VISIT,
    f"    import asyncio\n\n    await asyncio.sleep(0.2)\n{VISIT}",
)

# What an ORM does that loads the author and the tags of each row when they are touched.
N_PLUS_1 = Change(
    f"{PACKAGE}/blog/queries.py",
    "    return page_from(rows, limit)\n",
    "    for row in rows:\n"
    '        await database.read(ONE, {"id": row.id})\n'
    '        await database.read(ONE, {"id": row.id})\n'
    "    return page_from(rows, limit)\n",
)

TWO_PERCENT_ERRORS = Change(
    f"{PACKAGE}/blog/login.py",
    VISIT,
    f"{VISIT}    global answers\n    answers += 1\n"
    "    if answers % 50 == 0:\n"
    '        raise RuntimeError("one of fifty")\n',
)
COUNT = Change(f"{PACKAGE}/blog/login.py", 'BUSY = "', 'answers = 0\nBUSY = "')

# Long enough to see how a run ends, too short to measure anything.
SHORT = Change(
    "loadtest/profiles.py",
    'Stage("smoke", users=40, seconds=15, settle=4)',
    'Stage("smoke", users=20, seconds=6, settle=2)',
)
LONG_ENOUGH_TO_STAND_STILL = Change(
    "loadtest/profiles.py",
    'Stage("smoke", users=40, seconds=15, settle=4)',
    'Stage("smoke", users=20, seconds=16, settle=2)',
)
NO_THROUGHPUT = Change("loadtest/slo.toml", "[profiles.smoke]\nthroughput = 40\n", "")

ASKS = '        self.ask(Endpoint.ALIVE, "/healthz", check=lambda body: body["status"] == "ok")\n'
ASKS_NOTHING = Change("loadtest/locustfile.py", ASKS, "        pass\n")
IS_BUSY_ITSELF = Change(
    "loadtest/locustfile.py", ASKS, f"        sum(range(3_000_000))  # tens of milliseconds\n{ASKS}"
)
