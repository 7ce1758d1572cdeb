"""The database: bounded connections, short statements, and reads that survive its restart."""

from .connections import lend_connection, own_connection
from .reading import read
from .statements import count_statements

__all__ = ["count_statements", "lend_connection", "own_connection", "read"]
