"""The database: bounded connections, short statements, and reads that survive its restart."""

from .connections import own_connection
from .reading import read

__all__ = ["own_connection", "read"]
