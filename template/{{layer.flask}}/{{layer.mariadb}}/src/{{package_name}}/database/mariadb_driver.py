"""How SQLAlchemy speaks to MariaDB."""

DRIVER = "mariadb+pymysql"


def timeouts(statement: float) -> dict[str, float]:
    """Return what bounds the wait for an answer: the server's own bound, and a second for it."""
    return {"read_timeout": statement + 1, "write_timeout": statement + 1}
