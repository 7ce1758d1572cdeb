"""What the users ask for, by the names that statistics and slo.toml have."""

from enum import StrEnum


class Endpoint(StrEnum):
    """A method and a route as metrics have it; what costs differently has a name of its own."""

    LIST = "GET /api/posts"
    PAGE = "GET /api/posts?after={cursor}"
    POST = "GET /api/posts/{post_id}"
    PUBLISH = "POST /api/posts"
    STATS = "GET /api/stats"
    SIGN_UP = "POST /api/accounts"
    LOG_IN = "POST /api/session"
    VISIT = "GET /api/session"
    LOG_OUT = "DELETE /api/session"
    REPORT = "POST /api/reports"
