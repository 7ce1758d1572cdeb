"""Mistake 4: a service that leaves its errors to the framework."""

from __future__ import annotations

from typing import NoReturn

from flask import Flask, request

app = Flask(__name__)


@app.get("/api/before/crash")
def crash() -> NoReturn:
    """Fail as nobody has foreseen."""
    raise RuntimeError("nobody has foreseen this")


@app.post("/api/session")
def log_in() -> dict[str, str]:
    """Take a body, which may be malformed."""
    credentials = request.get_json()
    return {"email": credentials["email"]}
