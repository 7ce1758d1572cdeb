"""What this service says of itself and of what it depends on."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class NotReady(Exception):
    """A dependency that answers, but not as the service needs it; the text is for everybody."""


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Check(BaseModel):
    """One dependency: its state, how long it took to tell (milliseconds), and why it failed."""

    status: Literal["ok", "degraded", "failed"]
    ms: float
    reason: str | None = None


class Readiness(BaseModel):
    """Whether this replica should get requests."""

    status: Literal["ready", "not_ready", "draining"]
    checks: dict[str, Check]
