"""How SQLAlchemy speaks to SQLite."""

DRIVER = "sqlite+aiosqlite"
