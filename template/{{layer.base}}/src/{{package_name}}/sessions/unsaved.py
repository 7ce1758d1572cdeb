"""What a client gets to know when its session could not be saved after the route."""

from __future__ import annotations

STORE_DOWN = "Sessions are not available."
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
RETRY = {"Retry-After": "1"}


def refusal(method: str, status: int) -> tuple[str, dict[str, str]]:
    """Return the detail and the headers of a 503 in the place of the route's answer.

    Args:
        method: of the request. One that may have changed something must not be repeated.
        status: of the route's answer, a success.
    """
    if method in SAFE:
        return STORE_DOWN, RETRY
    return (
        f"The request was carried out (its answer was {status}), but its changes to the session"
        " were not stored. Do not send it again.",
        {},
    )
