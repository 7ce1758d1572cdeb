"""Mistake 4: a service that leaves its errors to the framework."""

from __future__ import annotations

from bench.blog.schemas import Credentials
from fastapi import FastAPI

app = FastAPI()


@app.get("/api/before/crash")
async def crash() -> None:
    """Fail as nobody has foreseen."""
    raise RuntimeError("nobody has foreseen this")


@app.post("/api/session")
async def log_in(_credentials: Credentials) -> None:
    """Take a body, which may be malformed."""
