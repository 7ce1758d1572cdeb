"""Routes that a careless owner might add: one that blocks, one that only takes its time, and one
that relies on its session being saved after it.

They are all that the tests of faults (faults/) know of a framework.
"""

from __future__ import annotations

from dataclasses import dataclass

from .service import Project


@dataclass(frozen=True)
class Change:
    """What is added to a module of the package: a call before a line, and the rest at the end.

    Attributes:
        stall: seconds of blocking that are logged, but no reason to replace the worker.
        cancels: whether a request that takes too long can be ended.
    """

    module: str
    before: str
    call: str
    code: str
    stall: float
    cancels: bool


FASTAPI = Change(
    module="api.py",
    before="    for module",
    call="    install_blocking_routes(app)\n",
    code="""
from fastapi import Request


def install_blocking_routes(app: FastAPI) -> None:
    import asyncio
    import time

    @app.get("/block/{seconds}")
    async def block(seconds: float) -> list[str]:
        time.sleep(seconds)
        return ["late"]

    @app.get("/wait/{seconds}")
    async def wait(seconds: float) -> list[str]:
        await asyncio.sleep(seconds)
        return ["done"]

    @app.api_route("/remember", methods=["GET", "POST"])
    async def remember(request: Request) -> list[str]:
        import time

        from .sessions import load_session

        (await load_session(request))["seen"] = time.time()
        return ["done"]
""",
    stall=1.5,
    cancels=True,
)

FLASK = Change(
    module="api.py",
    before="    for module",
    call="    install_blocking_routes(app)\n",
    code="""

def install_blocking_routes(app: Flask) -> None:
    import threading
    import time

    @app.get("/block/<float:seconds>")
    def block(seconds: float) -> list[str]:
        time.sleep(seconds)
        return ["late"]

    @app.get("/wait/<float:seconds>")
    def wait(seconds: float) -> list[str]:
        threading.Event().wait(seconds)
        return ["done"]

    @app.route("/remember", methods=["GET", "POST"])
    def remember() -> list[str]:
        from flask import session

        session["seen"] = time.time()
        return ["done"]
""",
    stall=5.5,  # a request is looked at when it is over its time
    cancels=False,
)

DJANGO = Change(
    module="api.py",
    before="for module in (",
    call="",
    code="""
import threading
import time

from django.http import HttpRequest


@api.get("/block/{seconds}")
def block(request: HttpRequest, seconds: float) -> list[str]:
    time.sleep(seconds)
    return ["late"]


@api.get("/wait/{seconds}")
def wait(request: HttpRequest, seconds: float) -> list[str]:
    threading.Event().wait(seconds)
    return ["done"]


@api.api_operation(["GET", "POST"], "/remember")
def remember(request: HttpRequest) -> list[str]:
    request.session["seen"] = time.time()
    return ["done"]
""",
    stall=5.5,
    cancels=False,
)

CHANGES = {"fastapi": FASTAPI, "flask": FLASK, "django": DJANGO}


def add_blocking_routes(project: Project, framework: str) -> None:
    """Add ``/block/SECONDS``, which blocks what serves it, ``/wait/SECONDS`` and ``/remember``."""
    change = CHANGES[framework]
    path = project.path / "src" / project.package / change.module
    text = path.read_text()
    assert text.count(change.before) == 1, f"{change.module} has changed"
    path.write_text(text.replace(change.before, change.call + change.before) + change.code)
