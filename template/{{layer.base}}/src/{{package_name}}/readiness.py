"""What this service says of itself and of what it depends on."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Check(BaseModel):
    """One dependency: its state, and how long it took to tell (milliseconds)."""

    status: Literal["ok", "degraded", "failed"]
    ms: float


class Readiness(BaseModel):
    """Whether this replica should get requests."""

    status: Literal["ready", "not_ready", "draining"]
    checks: dict[str, Check]
