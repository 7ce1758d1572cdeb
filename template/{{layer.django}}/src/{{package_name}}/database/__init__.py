"""The database: bounded connections, short statements, and reads that survive its restart."""

from .connections import lend_connection, own_connection
from .reading import read

__all__ = ["lend_connection", "own_connection", "read"]
