"""What problem documents look like, for the OpenAPI document."""

from __future__ import annotations

from pydantic import BaseModel


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str


class Fault(BaseModel):
    """What is wrong with one part of a request."""

    loc: list[str | int]
    msg: str


class ValidationProblem(Problem):
    """A request that is well-formed, but not valid."""

    errors: list[Fault]
