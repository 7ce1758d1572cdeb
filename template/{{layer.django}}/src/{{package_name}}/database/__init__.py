"""The database: bounded connections, short statements, and reads that survive its restart."""

from .connections import lend_connection, own_connection
from .doubt import on_commit_or_doubt
from .reading import read
from .statements import count_statements

__all__ = ["count_statements", "lend_connection", "on_commit_or_doubt", "own_connection", "read"]
