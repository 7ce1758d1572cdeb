"""What the users ask for, by the names that statistics and slo.toml have."""

from enum import StrEnum


class Endpoint(StrEnum):
    """A method and a route: add those of the service."""

    ALIVE = "GET /healthz"
