"""Routes that a careless owner might add: one that blocks, and one that only takes its time.

They are all that the tests of faults (test_faults.py) know of a framework.
"""

from __future__ import annotations

from dataclasses import dataclass

from .service import Project


@dataclass(frozen=True)
class Change:
    """What is added to a module of the package: a call before a line, and the rest at the end."""

    module: str
    before: str
    call: str
    code: str


FASTAPI = Change(
    module="api.py",
    before="    for module",
    call="    install_blocking_routes(app)\n",
    code="""

def install_blocking_routes(app: FastAPI) -> None:
    import asyncio
    import time

    @app.get("/block/{seconds}")
    async def block(seconds: float) -> str:
        time.sleep(seconds)
        return "late"

    @app.get("/wait/{seconds}")
    async def wait(seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"
""",
)

CHANGES = {"fastapi": FASTAPI}


def add_blocking_routes(project: Project, framework: str) -> None:
    """Add ``/block/SECONDS``, which blocks what serves it, and ``/wait/SECONDS`` to a project."""
    change = CHANGES[framework]
    path = project.path / "src" / project.package / change.module
    text = path.read_text()
    assert text.count(change.before) == 1, f"{change.module} has changed"
    path.write_text(text.replace(change.before, change.call + change.before) + change.code)
