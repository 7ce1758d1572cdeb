"""The database: bounded pools, short statements, and no surprises after a restart of the server."""

from .base import Base, Key, UtcDateTime
from .engine import Database
from .server import LongBinary, LongText
from .statements import count_statements

__all__ = [
    "Base",
    "Database",
    "Key",
    "LongBinary",
    "LongText",
    "UtcDateTime",
    "count_statements",
]
