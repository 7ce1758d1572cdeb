"""The database: bounded connections, short statements, and reads that survive its restart."""

from .connections import lend_connection, own_connection
from .doubt import on_commit_or_doubt
from .failover import leave_read_only_servers
from .outages import is_outage
from .reading import read
from .statements import count_statements

__all__ = [
    "count_statements",
    "is_outage",
    "leave_read_only_servers",
    "lend_connection",
    "on_commit_or_doubt",
    "own_connection",
    "read",
]
