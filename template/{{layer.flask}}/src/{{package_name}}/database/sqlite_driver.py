"""How SQLAlchemy speaks to SQLite."""

DRIVER = "sqlite+pysqlite"
