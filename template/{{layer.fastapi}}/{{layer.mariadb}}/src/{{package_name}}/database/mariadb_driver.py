"""How SQLAlchemy speaks to MariaDB."""

DRIVER = "mariadb+aiomysql"


def timeouts(_statement: float) -> dict[str, float]:
    """Return what bounds the wait for an answer: here, the request that waits is cancelled."""
    return {}
